package browsertest

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// How long to wait for a page, and how often to look.
const (
	patience = 15 * time.Second
	tick     = 50 * time.Millisecond
)

// binary and emulator are the programs under test.
var binary, emulator string

func TestMain(m *testing.M) {
	status, err := build(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func build(run func() int) (int, error) {
	dir, err := os.MkdirTemp("", "connect")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the system will
	binary, emulator = filepath.Join(dir, "connect"), filepath.Join(dir, "novu-teams")
	command := exec.Command("go", "build", "-o", dir, "./examples/connect", "./cmd/novu-teams")
	command.Dir = filepath.Join("..", "..", "..")
	if out, err := command.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	return run(), nil
}

// start runs the program and returns the address that it prints. It has to end
// cleanly when it is interrupted.
func start(t *testing.T, env ...string) string {
	t.Helper()
	program := exec.CommandContext(t.Context(), binary, "-addr", "127.0.0.1:0")
	program.Env = append(clean(os.Environ()), env...)
	program.Stderr = os.Stderr
	out, err := program.StdoutPipe()
	require.NoError(t, err)
	program.Cancel = func() error { return program.Process.Signal(os.Interrupt) }
	require.NoError(t, program.Start())
	t.Cleanup(func() { // the context is over, so that it was interrupted
		_ = program.Wait()
		assert.Equal(t, 0, program.ProcessState.ExitCode(), "it ends cleanly")
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	_, address, _ := strings.Cut(line, "Open ")
	address, _, found := strings.Cut(address, " ")
	require.True(t, found, line)
	return address
}

// clean is an environment that names no server.
func clean(environ []string) []string {
	var kept []string
	for _, entry := range environ {
		if !strings.HasPrefix(entry, "NOVU_") && !strings.HasPrefix(entry, "MSTEAMS_") {
			kept = append(kept, entry)
		}
	}
	return kept
}

// tab is a page of the browser and whoever sits in front of it.
type tab struct {
	t      *testing.T
	ctx    context.Context
	clicks *int
}

// open starts a browser of its own at an address.
func open(t *testing.T, address string) *tab {
	t.Helper()
	browser := chromium(t)
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(browser), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
	)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(complain(t)))
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, clicks: new(int)}
	b.do(enable, chromedp.EmulateViewport(desktop, 844), chromedp.Navigate(address))
	return b
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no chromium is installed, so the page was not tested in a browser (Debian: apt-get install chromium)")
	return ""
}

// enable has the browser tell what complain listens for.
func enable(ctx context.Context, at *chromedp.Target) (chromedp.Void, error) {
	if _, err := cdp.Call(ctx, at, log.Enable, cdp.Empty{}); err != nil {
		return chromedp.Void{}, err
	}
	_, err := cdp.Call(ctx, at, network.Enable, network.EnableParams{})
	return chromedp.Void{}, err
}

// complain fails the test where a page breaks its own policy, where its script
// fails, and where the browser asks anybody but this machine.
func complain(t *testing.T) func(any) {
	return func(event any) {
		switch e := event.(type) {
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
				t.Errorf("the browser complains: %s %s", e.Entry.Text, e.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			t.Errorf("the script fails: %+v", e.ExceptionDetails)
		case *network.EventRequestWillBeSent:
			if strings.HasPrefix(e.Request.URL, "http") && !strings.HasPrefix(e.Request.URL, "http://127.0.0.1:") {
				t.Errorf("the page asked for %s", e.Request.URL)
			}
		}
	}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if !b.running() {
		ctx = b.ctx // the first run starts the browser, which would end with ctx
	}
	require.NoError(b.t, chromedp.Do(ctx, steps...))
}

func (b *tab) running() bool { return chromedp.FromContext(b.ctx).Target != nil }

// front is what a person does who comes back to a tab.
func (b *tab) front() {
	b.t.Helper()
	b.do(func(ctx context.Context, at *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, at, page.BringToFront, cdp.Empty{})
		return chromedp.Void{}, err
	})
}

// evaluate runs a script in the page.
func evaluate[T any](b *tab, script string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	require.NoError(b.t, err)
	return v
}

// see waits until the page shows the text, whatever it loads in between.
func (b *tab) see(text string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	shows := ""
	for look := time.Tick(tick); !strings.Contains(shows, text); {
		select {
		case <-look:
			shows, _ = chromedp.Run(ctx, chromedp.Evaluate[string]("location.href + '\\n' + document.body?.innerText"))
		case <-ctx.Done():
			require.Fail(b.t, "the page does not show "+text, evaluate[string](b, "location.href + '\\n' + document.body?.innerText"))
		}
	}
}

// click clicks the button, link or summary with that text.
func (b *tab) click(text string) {
	b.t.Helper()
	*b.clicks++
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	err := chromedp.Do(ctx, chromedp.Click(withText(text)))
	for err != nil && strings.Contains(err.Error(), "Could not find node") { // another page came in between
		err = chromedp.Do(ctx, chromedp.Click(withText(text)))
	}
	require.NoError(b.t, err, "click %q", text)
}

func withText(text string) string {
	return fmt.Sprintf(`//*[self::button or self::a or self::summary][contains(normalize-space(.), %q)]`, text)
}

// clickAway clicks what opens another tab and returns that.
func (b *tab) clickAway(text string) *tab {
	b.t.Helper()
	opened := chromedp.WaitNewTarget(b.ctx, func(info *target.Info) bool { return info.Type == "page" })
	b.click(text)
	select {
	case id := <-opened:
		ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id), chromedp.WithListener(complain(b.t)))
		b.t.Cleanup(cancel)
		other := &tab{t: b.t, ctx: ctx, clicks: b.clicks}
		other.do(enable)
		return other
	case <-time.After(patience):
		require.Fail(b.t, "no tab was opened by "+text)
		return nil
	}
}

// The widths of a desktop and of a phone.
const (
	desktop = 1000
	phone   = 390
)

// look fails where the page is wider than the window, where a control is too small for a finger, where
// axe finds a violation or something to look at that nobody has looked at, and leaves pictures.
func (b *tab) look(name string) {
	b.t.Helper()
	b.front()
	for _, width := range []int64{desktop, phone} {
		for _, scheme := range []string{"light", "dark"} {
			b.do(dressed("prefers-color-scheme", scheme), chromedp.EmulateViewport(width, 844))
			at := fmt.Sprintf("%s at %d pixels, %s", name, width, scheme)
			overflow := evaluate[int](b, "document.documentElement.scrollWidth - innerWidth")
			assert.LessOrEqual(b.t, overflow, 0, "%s scrolls sideways", at)
			assert.Empty(b.t, evaluate[[]string](b, small), "%s: too small for a finger", at)
			assert.Empty(b.t, b.axe(), at)
			b.picture(fmt.Sprintf("%s-%d-%s", name, width, scheme))
		}
	}
	b.do(dressed("forced-colors", "active"))
	b.picture(name + "-forced")
	b.do(dressed("forced-colors", "none"), chromedp.EmulateViewport(desktop, 844))
}

// small lists the controls below 44 pixels. A link within a sentence may be smaller, as in WCAG. A box to
// tick is as large as its label.
const small = `[...document.querySelectorAll("button, summary, input:not([type=hidden]), select, textarea, a.button, a.team, .crumb a, .brand")]
	.map((e) => e.matches("label [type=checkbox], label [type=radio]") ? e.closest("label") : e)
	.filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
	.map((e) => e.tagName + " " + e.textContent.trim() + " " + e.getBoundingClientRect().height)`

// axe is what axe-core finds wrong, and what it could not decide.
func (b *tab) axe() []string {
	b.t.Helper()
	evaluate[any](b, axeSource(b.t)+"; scrollTo(0, 0); null") // what is scrolled away counts as obscured
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](`axe.run({ resultTypes: ["violations", "incomplete"] }).then((r) =>
		[...r.violations, ...r.incomplete].flatMap((rule) => rule.nodes.map((n) => rule.id + ": " + n.html + " " + n.failureSummary)))`, chromedp.EvalAwaitPromise))
	require.NoError(b.t, err)
	return found
}

func axeSource(t *testing.T) string {
	t.Helper()
	file, err := os.Open("testdata/axe.min.js.gz")
	require.NoError(t, err)
	defer file.Close() //nolint:errcheck // nothing was written
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	source, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	return string(source)
}

func (b *tab) picture(name string) {
	b.t.Helper()
	require.NoError(b.t, os.MkdirAll("screenshots", 0o755))
	b.save("screenshots/" + name + ".png")
}

// pictureTo makes a picture for the documents.
func (b *tab) pictureTo(file string, width int64) {
	b.t.Helper()
	b.do(dressed("prefers-color-scheme", "light"), chromedp.EmulateViewport(width, 844))
	b.save(file)
}

func (b *tab) save(file string) {
	b.t.Helper()
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	require.NoError(b.t, err)
	require.NoError(b.t, os.WriteFile(file, picture, 0o644))
}

// dressed shows a page with a preference of the person's.
func dressed(feature, value string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, at *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, at, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: feature, Value: value}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return chromedp.Void{}, err
	}
}

// press walks to a control with the Tab key and uses it.
func (b *tab) press(text string) {
	b.t.Helper()
	for range 60 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if found := evaluate[string](b, `document.activeElement.textContent.trim()`); strings.HasSuffix(found, text) {
			shown := evaluate[bool](b, `parseFloat(getComputedStyle(document.activeElement).outlineWidth) > 1`)
			assert.True(b.t, shown, "the focus on %q can't be seen", text)
			b.do(chromedp.KeyEvent(kb.Enter))
			return
		}
	}
	require.Fail(b.t, "the Tab key does not lead to "+text)
}

// fill types into a field instead of what stands there.
func (b *tab) fill(field, text string) {
	b.t.Helper()
	evaluate[any](b, fmt.Sprintf(`document.querySelector(%q).value = ""; null`, field))
	b.do(chromedp.SendKeys(field, text))
}

// focused is the text of what has the focus.
func (b *tab) focused() string {
	b.t.Helper()
	return evaluate[string](b, `document.activeElement.id + " " + document.activeElement.textContent.trim()`)
}

// focuses waits until the focus is on what has an id that begins so and holds the text: the browser moves
// it when it draws.
func (b *tab) focuses(id, text string) {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		on := b.focused()
		return strings.HasPrefix(on, id) && strings.Contains(on, text)
	}, patience, tick, "no focus on %s %s", id, text)
}
