package doctor

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/novu-go/novu"
)

// directAnswer is what came back from where the clients do not ask.
type directAnswer struct {
	status                int
	location, contentType string
	body                  []byte
	redirects             int // that were followed before
}

// keepsBody tells whether a POST would be redirected with its body.
func (a *directAnswer) keepsBody() bool {
	return a.status == http.StatusTemporaryRedirect || a.status == http.StatusPermanentRedirect
}

// mostAnswered is how much of an answer is read, in bytes.
const mostAnswered = 1 << 20

// newDirect returns a client that follows no redirect, and leaves no connection open unless given has
// a transport of its own.
func newDirect(given *http.Client) *http.Client {
	c := &http.Client{}
	if given != nil {
		*c = *given
	} else if transport, is := http.DefaultTransport.(*http.Transport); is {
		own := transport.Clone()
		own.DisableKeepAlives = true
		c.Transport = own
	}
	c.Jar = nil
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c
}

// get fetches an address. Its error does not hold the address.
func (d *Doctor) get(ctx context.Context, address string, header http.Header) (*directAnswer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errors.New("the address can't be used")
	}
	header.Set("User-Agent", "novu-go-doctor/"+novu.Version)
	header.Set("Accept", "application/json")
	req.Header = header
	resp, err := d.direct.Do(req)
	if err != nil {
		var of *url.Error
		if errors.As(err, &of) {
			err = of.Err
		}
		return nil, err
	}
	if resp == nil || resp.Body == nil {
		return nil, errors.New("the transport returned no response")
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswered))
	if err != nil {
		return nil, err
	}
	return &directAnswer{
		status: resp.StatusCode, location: resp.Header.Get("Location"), contentType: resp.Header.Get("Content-Type"), body: body,
	}, nil
}
