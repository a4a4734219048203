package agent_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/agent"
)

// fetched is what Attachments yields for a Teams activity's attachments.
func fetched(t *testing.T, attachments []any, changes map[string]any, opts ...agent.Option) (files []agent.File, failures []error) {
	t.Helper()
	h := newBridge(t, new(replyRoute), agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, _ *agent.Message) error {
		for f, err := range turn.Attachments(ctx) {
			files, failures = append(files, f), append(failures, err)
		}
		return nil
	}}, opts...)
	all := map[string]any{"platformContext": map[string]any{"isDM": true, "message": map[string]any{"attachments": attachments}}}
	for key, value := range changes {
		all[key] = value
	}
	play(t, h, "onMessage", all)
	return files, failures
}

func shared(name, address string) map[string]any {
	return map[string]any{
		"contentType": "application/vnd.microsoft.teams.file.download.info", "contentUrl": "https://sharepoint.example/needs-a-sign-in", "name": name,
		"content": map[string]any{"downloadUrl": address, "fileType": "txt"},
	}
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	files := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a.txt":
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte("hello"))
		case "/large":
			_, _ = w.Write(make([]byte, 25<<20+1))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(files.Close)
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request went without TLS") }))
	t.Cleanup(plain.Close)
	closed := httptest.NewTLSServer(http.NotFoundHandler())
	closed.Close()
	got, failures := fetched(t, []any{
		map[string]any{"contentType": "text/html", "content": "<p>the message itself</p>"},
		shared("a.txt", files.URL+"/a.txt?sig=canary"),
		map[string]any{"contentType": "image/png", "contentUrl": files.URL + "/a.txt", "name": "photo.png"},
		shared("gone.txt", files.URL+"/gone?sig=canary"), shared("large.bin", files.URL+"/large?sig=canary"),
		shared("plain.txt", plain.URL+"/x?sig=canary"), shared("closed.txt", closed.URL+"/x?sig=canary"), shared("odd.txt", "::?sig=canary"), "odd",
		shared("user.txt", "https://user:canary@files.example/x"),
	}, nil, agent.WithFileClient(files.Client()))
	require.Len(t, got, 8)
	assert.Equal(t, agent.File{Name: "a.txt", MIMEType: "text/plain", Data: []byte("hello")}, got[0])
	assert.Equal(t, agent.File{Name: "photo.png", MIMEType: "image/png", Data: []byte("hello")}, got[1])
	for i, err := range failures[2:] {
		require.Error(t, err, got[i+2].Name)
		assert.ErrorContains(t, err, got[i+2].Name)
		assert.NotContains(t, err.Error(), "canary")
		assert.Nil(t, got[i+2].Data)
	}
	assert.ErrorContains(t, failures[2], "404")
	assert.ErrorContains(t, failures[3], "larger than")
}

func TestAttachmentsThatNovuDelivers(t *testing.T) {
	t.Parallel()
	files := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("x")) }))
	t.Cleanup(files.Close)
	got, failures := fetched(t, []any{shared("teams.txt", files.URL)}, map[string]any{"message": map[string]any{
		"text": "see", "attachments": []any{map[string]any{"type": "image", "url": files.URL, "name": "novu.png", "mimeType": "image/png"}, map[string]any{"type": "file"}},
	}}, agent.WithFileClient(files.Client()))
	require.Equal(t, []error{nil}, failures)
	assert.Equal(t, []agent.File{{Name: "novu.png", MIMEType: "image/png", Data: []byte("x")}}, got)
}

// Whoever writes to the bot chooses these addresses.
func TestAttachmentsStayOutOfPrivateNetworks(t *testing.T) {
	t.Parallel()
	private := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request arrived") }))
	t.Cleanup(private.Close)
	var list []any
	addresses := []string{
		private.URL, strings.Replace(private.URL, "127.0.0.1", "localhost", 1), "https://169.254.169.254/latest", "https://10.0.0.1/",
		"https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://168.63.129.16/",
	}
	for _, address := range addresses {
		list = append(list, shared("x", address))
	}
	_, failures := fetched(t, list, nil)
	require.Len(t, failures, len(addresses))
	for i, err := range failures {
		require.ErrorContains(t, err, "the address is not public", addresses[i])
	}
}

func TestAttachmentsEndWithTheLoop(t *testing.T) {
	t.Parallel()
	requests := 0
	files := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		_, _ = w.Write(bytes.Repeat([]byte("x"), 10))
	}))
	t.Cleanup(files.Close)
	h := newBridge(t, new(replyRoute), agent.Bot{OnMessage: func(ctx context.Context, turn *agent.Turn, _ *agent.Message) error {
		for _, err := range turn.Attachments(ctx) {
			return err
		}
		return errors.New("there is none")
	}}, agent.WithFileClient(files.Client()))
	list := []any{shared("a", files.URL), shared("b", files.URL)}
	play(t, h, "onMessage", map[string]any{"platformContext": map[string]any{"message": map[string]any{"attachments": list}}})
	assert.Equal(t, 1, requests)
}
