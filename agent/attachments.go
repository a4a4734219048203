package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/publicip"
)

// maxAttachment is the largest attachment that is fetched, in bytes.
const maxAttachment = 25 << 20

const (
	fetchTimeout  = 30 * time.Second
	maxRedirects  = 3
	downloadInfo  = "application/vnd.microsoft.teams.file.download.info"
	imageType     = "image/"
	notPublicText = "the address is not public"
)

var errNotPublic = errors.New(notPublicText)

// fileFetcher fetches one address.
type fileFetcher interface {
	Do(req *http.Request) (*http.Response, error)
}

// newFileFetcher returns a client for addresses that others choose: https and public hosts only, no
// proxy, no cookies, few redirects.
func newFileFetcher() *http.Client {
	return &http.Client{
		Timeout: fetchTimeout,
		Transport: &http.Transport{
			DialContext: publicip.Dialer(errNotPublic).DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second,
			IdleConnTimeout: 30 * time.Second,
		},
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects || req.URL.Scheme != "https" {
				return errors.New("it redirects too often, or away from https")
			}
			return nil
		},
	}
}

// Attachments fetches the files of a message and yields them one by one: those that Novu delivers,
// else those of the raw Teams activity, since Novu 3.19 delivers none. In a direct chat, Teams sends
// files only to an app whose manifest has supportsFiles. Fetching needs https and a public host, takes
// up to 30 s, and stops at 25 MB. A file that can't be fetched is yielded with its name and an error; the
// next ones follow.
//
// The addresses are short-lived: fetch within the turn.
func (t *Turn) Attachments(ctx context.Context) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		if err := t.queue.alive("fetch attachments"); err != nil {
			yield(File{}, err)
			return
		}
		for _, f := range t.attached() {
			address := f.URL
			f.URL = ""
			err := fetch(ctx, t.files, address, &f)
			if err != nil {
				err = &Error{Op: "fetch attachment " + fmt.Sprintf("%.100q", f.Name), cause: err}
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

// attached lists the message's files with their addresses.
func (t *Turn) attached() []File {
	var files []File
	if t.message != nil {
		for _, a := range t.message.Attachments {
			if a.URL != "" {
				files = append(files, File{Name: a.Name, MIMEType: a.MIMEType, URL: a.URL})
			}
		}
	}
	if files != nil {
		return files
	}
	parseObject(t.Activity).each("attachments", func(a object) {
		kind := a.text("contentType")
		f := File{Name: a.text("name"), URL: a.text("contentUrl")}
		switch {
		case kind == downloadInfo:
			if address := a.object("content").text("downloadUrl"); address != "" {
				f.URL = address // contentUrl asks for a sign-in
			}
		case strings.HasPrefix(kind, imageType):
			f.MIMEType = kind
		default:
			return // the message itself as HTML, or a card
		}
		if f.URL != "" {
			files = append(files, f)
		}
	})
	return files
}

// fetch fills in f. Its errors do not repeat the address, which is a credential.
func fetch(ctx context.Context, client fileFetcher, address string, f *File) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return errors.New("its address is not an https URL")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return errors.New("its address is not an https URL")
	}
	resp, err := client.Do(req)
	if err != nil {
		return withoutAddress(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d", u.Hostname(), resp.StatusCode)
	}
	f.Data, err = io.ReadAll(io.LimitReader(resp.Body, maxAttachment+1))
	if err != nil {
		f.Data = nil
		return withoutAddress(err)
	}
	if len(f.Data) > maxAttachment {
		f.Data = nil
		return fmt.Errorf("it is larger than %d bytes", maxAttachment)
	}
	if f.MIMEType == "" || strings.HasSuffix(f.MIMEType, "/*") {
		f.MIMEType, _, _ = strings.Cut(resp.Header.Get("Content-Type"), ";")
	}
	return nil
}

func withoutAddress(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
