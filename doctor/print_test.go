package doctor_test

import (
	"encoding/json"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/doctor"
)

func sample() *doctor.Report {
	return &doctor.Report{
		SubscriberID: "acme", WorkflowID: "build-failed", ContextKeys: []string{"tenant:acme"}, Verdict: doctor.Broken, Duration: time.Second,
		Findings: []doctor.Finding{
			{Check: doctor.CheckKey, Subject: "Novu", Verdict: doctor.OK, Message: "the key fits", Evidence: map[string]string{"environment": "e1"}},
			{Check: doctor.CheckCallback, Subject: "Novu", Verdict: doctor.NotChecked, Message: "nobody tells", Remedy: "Look."},
			{
				Check: doctor.CheckConnection, Subject: "Connection c1", Verdict: doctor.Broken, Remedy: "Send an administrator through a new connect URL, which has to carry exactly the contexts of the endpoint that is to be reached.",
				Message: "it does not exist", ForCustomer: "Please approve our app again.", Evidence: map[string]string{"usedBy": "che-1", "a": "b"},
			},
			{Check: doctor.CheckConnectionTenant, Subject: "Connection c1", Verdict: doctor.NotChecked, Message: "connection.exists is broken", Because: doctor.CheckConnection, Remedy: "not shown"},
		},
	}
}

func TestTheTree(t *testing.T) {
	assert.Equal(t, `✗ Something is broken: 1 broken, 2 not checked, 1 ok
The workflow build-failed for the subscriber acme with the
context tenant:acme

Connection c1
├─ ✗ exists: it does not exist
│    a: b
│    usedBy: che-1
│    → Send an administrator through a new connect URL,
│      which has to carry exactly the contexts of the
│      endpoint that is to be reached.
│    » Tell the customer: Please approve our app again.
└─ – tenant: not checked: connection.exists is broken

Novu
├─ – callback: not checked: nobody tells
│    → Look.
└─ ✓ key: the key fits
`, sample().String())
}

func TestColor(t *testing.T) {
	colored := doctor.Colored(sample(), 60)
	assert.Contains(t, colored, "\x1b[31m✗\x1b[0m exists: it does not exist")
	plain := strings.NewReplacer("\x1b[0m", "", "\x1b[1m", "", "\x1b[2m", "", "\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "").Replace(colored)
	assert.Equal(t, sample().String(), plain, "color changes nothing else")

	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a character device, as a terminal is
	require.NoError(t, err)
	defer func() { _ = device.Close() }()
	file, err := os.Create(t.TempDir() + "/report")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	with := func(name, value string) func(string) string {
		return func(asked string) string {
			if asked == name {
				return value
			}
			return ""
		}
	}
	assert.True(t, doctor.WantsColor(device, with("", "")))
	assert.False(t, doctor.WantsColor(device, with("NO_COLOR", "1")))
	assert.False(t, doctor.WantsColor(device, with("TERM", "dumb")))
	assert.False(t, doctor.WantsColor(file, with("", "")))
	assert.False(t, doctor.WantsColor(&strings.Builder{}, with("", "")))

	t.Setenv("COLUMNS", "")
	var b strings.Builder
	require.NoError(t, sample().Print(&b))
	assert.Equal(t, sample().String(), b.String())
	require.ErrorIs(t, sample().Print(broken{}), io.ErrClosedPipe)
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// Programs read these names.
func TestJSON(t *testing.T) {
	encoded, err := json.Marshal(sample())
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"subscriberId": "acme", "workflowId": "build-failed", "contextKeys": ["tenant:acme"], "verdict": "broken",
		"startedAt": "0001-01-01T00:00:00Z", "durationNanoseconds": 1000000000,
		"findings": [
			{"check": "novu.key", "subject": "Novu", "verdict": "ok", "message": "the key fits", "evidence": {"environment": "e1"}},
			{"check": "novu.callback", "subject": "Novu", "verdict": "not checked", "message": "nobody tells", "remedy": "Look."},
			{"check": "connection.exists", "subject": "Connection c1", "verdict": "broken", "message": "it does not exist",
				"evidence": {"usedBy": "che-1", "a": "b"},
				"remedy": "Send an administrator through a new connect URL, which has to carry exactly the contexts of the endpoint that is to be reached.",
				"forCustomer": "Please approve our app again."},
			{"check": "connection.tenant", "subject": "Connection c1", "verdict": "not checked", "message": "connection.exists is broken",
				"because": "connection.exists", "remedy": "not shown"}
		]
	}`, string(encoded))
	var back doctor.Report
	require.NoError(t, json.Unmarshal(encoded, &back))
	assert.Equal(t, sample(), &back)
}

func TestErr(t *testing.T) {
	err := sample().Err()
	var e *doctor.BrokenError
	require.ErrorAs(t, err, &e)
	assert.Equal(t, sample().Broken(), e.Findings)
	assert.EqualError(t, err, "doctor: 1 broken: Connection c1: connection.exists: it does not exist "+
		"(Send an administrator through a new connect URL, which has to carry exactly the contexts of the endpoint that is to be reached.)")
	require.NoError(t, (&doctor.Report{}).Err())
}

// What servers say can't steer the terminal, nor break the tree.
func FuzzPrint(f *testing.F) {
	f.Add("a\x1b[2Jb", "line\nline", "\u202eevil")
	f.Add("\xff\xfe", strings.Repeat("long ", 100), strings.Repeat("x", 300))
	f.Add("", "", "")
	f.Fuzz(func(t *testing.T, message, evidence, remedy string) {
		r := &doctor.Report{SubscriberID: message, Findings: []doctor.Finding{
			{Check: doctor.CheckKey, Subject: evidence, Verdict: doctor.Broken, Message: message, Evidence: map[string]string{remedy: evidence}, Remedy: remedy},
		}}
		printed := r.String()
		if !utf8.ValidString(printed) {
			t.Error("not UTF-8")
		}
		for _, c := range printed {
			if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c)) {
				t.Errorf("%q is printed", c)
			}
		}
	})
}

func TestLinesAreAsWideAsTheTerminal(t *testing.T) {
	columns := func(n string) func(string) string { return func(string) string { return n } }
	for given, want := range map[string]int{"60": 60, "5": 40, "1000": 100, "": 60, "x": 60} {
		assert.Equal(t, want, doctor.WidthOf(&strings.Builder{}, columns(given)), given)
	}
	for _, width := range []int{40, 60, 100} {
		for line := range strings.Lines(doctor.Colored(sample(), width)) {
			line = regexp.MustCompile("\x1b\\[[0-9]+m").ReplaceAllString(strings.TrimSuffix(line, "\n"), "")
			assert.LessOrEqual(t, utf8.RuneCountInString(line), width, line)
		}
	}
}

func TestOnlyBroken(t *testing.T) {
	only := sample().OnlyBroken()
	assert.Equal(t, sample().Broken(), only.Findings)
	assert.Equal(t, sample().Verdict, only.Verdict)
	assert.Len(t, sample().Findings, 4, "the report itself keeps the others")
}
