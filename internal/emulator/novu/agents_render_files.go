package novu

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

const (
	inlineFileLimit  = 5 << 20
	fetchedFileLimit = 25 << 20
	allFilesLimit    = 50 << 20
	fileFetchTimeout = 10 * time.Second
	fileRedirects    = 3
)

// outgoingFile is a file of a reply.
type outgoingFile struct {
	Filename string  `json:"filename"`
	MIMEType string  `json:"mimeType"`
	Data     *string `json:"data"`
	URL      *string `json:"url"`
}

// attachFiles are the files as Novu attaches them: data URIs. It decodes them and fetches those
// that have an address.
func (s *Server) attachFiles(ctx context.Context, files []outgoingFile) (attachments []any, fault string) {
	all, inline := 0, 0
	for i, f := range files {
		name := fmt.Sprintf("at index %d", i)
		if f.Filename != "" {
			name = `"` + f.Filename + `"`
		}
		data, fault := s.fileData(ctx, &f, name)
		if fault != "" {
			return nil, fault
		}
		all += len(data)
		if f.Data != nil {
			inline += len(data)
		}
		switch {
		case all > allFilesLimit:
			return nil, "Total attachment size exceeds 50 MB."
		case inline > inlineFileLimit:
			return nil, "Total inline attachment size exceeds 5 MB. Use URLs for larger files."
		}
		kind := cmp.Or(f.MIMEType, "application/octet-stream")
		attachments = append(attachments, map[string]any{
			"contentType": kind, "name": f.Filename,
			"contentUrl": "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data),
		})
	}
	return attachments, ""
}

// fileData is what a file holds. A file that was fetched gets its type from the answer.
func (s *Server) fileData(ctx context.Context, f *outgoingFile, name string) (data []byte, fault string) {
	if f.Data == nil {
		if f.URL == nil {
			return nil, "Invalid file " + name + ": provide a public HTTP(S) url or base64 data."
		}
		data, kind, fault := s.fetchFile(ctx, *f.URL, name)
		f.MIMEType = cmp.Or(f.MIMEType, kind)
		return data, fault
	}
	text := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, *f.Data)
	digits := strings.TrimRight(text, "=")
	data, err := base64.RawStdEncoding.Strict().DecodeString(digits)
	if text == "" || len(text)%4 == 1 || len(text)-len(digits) > 2 || err != nil {
		return nil, "Invalid file " + name + ": data must be a base64-encoded string."
	}
	if len(data) > inlineFileLimit {
		return nil, "Invalid file " + name + ": inline data must be 5 MB or smaller."
	}
	return data, ""
}

// fetchFile fetches a file. A name in its address stands for a public server, which this machine
// plays at the address's port. Addresses of this machine itself are refused, as Novu refuses them.
func (s *Server) fetchFile(ctx context.Context, address, name string) (data []byte, kind, fault string) {
	ctx, cancel := context.WithTimeout(ctx, fileFetchTimeout)
	defer cancel()
	for range fileRedirects + 1 {
		if fault := outboundFault(address, false); fault != "" {
			return nil, "", "Invalid file " + name + " url: " + fault
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return nil, "", "Invalid file " + name + " url: Invalid URL format."
		}
		resp, err := s.files().Do(req)
		if err != nil {
			return nil, "", "Failed to fetch file " + name + ": " + fetchFault(err)
		}
		location := resp.Header.Get("Location")
		switch {
		case resp.StatusCode/100 != 3:
			return readFile(resp, name)
		case location == "":
			fault = "Failed to fetch file " + name + ": redirect response missing Location header."
		default:
			next, err := req.URL.Parse(location)
			if err != nil {
				fault = "Invalid file " + name + " url: Invalid URL format."
				break
			}
			address = next.String()
		}
		_ = resp.Body.Close() // nothing is read of it
		if fault != "" {
			return nil, "", fault
		}
	}
	return nil, "", "Failed to fetch file " + name + ": too many redirects."
}

func readFile(resp *http.Response, name string) (data []byte, kind, fault string) {
	defer resp.Body.Close() //nolint:errcheck // it was only read
	tooLarge := "Invalid file " + name + ": file size exceeds 25 MB."
	if resp.ContentLength > fetchedFileLimit {
		return nil, "", tooLarge
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, fetchedFileLimit+1))
	switch {
	case err != nil:
		return nil, "", "Failed to fetch file " + name + ": aborted"
	case len(data) > fetchedFileLimit:
		return nil, "", tooLarge
	case resp.StatusCode/100 != 2:
		return nil, "", "Failed to fetch file " + name + ": " + resp.Status
	}
	return data, resp.Header.Get("Content-Type"), ""
}

// files is the client that fetches files.
func (s *Server) files() *http.Client {
	transport := s.host.Transport()
	if !s.host.InMemory() {
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
		}
	}
	transport.DisableKeepAlives = true
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// fetchFault words a request that got no answer.
func fetchFault(err error) string {
	var failed *url.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "Request timed out"
	case strings.Contains(err.Error(), "connection refused"):
		return "connect ECONNREFUSED"
	case errors.As(err, &failed) && strings.Contains(failed.Error(), "certificate"):
		return "unable to verify the first certificate"
	}
	return "socket hang up"
}
