package main

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"

	"github.com/novu-go/novu/novutest"
)

//go:embed page
var page embed.FS

// withPage serves the live pages at / and /chat, and what they are made of below /_page/.
func withPage() ([]novutest.Option, error) {
	files, err := fs.Sub(page, "page")
	if err != nil {
		return nil, err
	}
	server := secured(http.FileServerFS(files))
	return []novutest.Option{
		novutest.WithHandler("GET /{$}", server),
		novutest.WithHandler("GET /chat", secured(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, files, "chat.html")
		}))),
		novutest.WithHandler("GET /_page/", http.StripPrefix("/_page", noListing(server))),
	}, nil
}

// secured lets the pages load nothing but their own files and images of this machine, and nothing frame them.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set(
			"Content-Security-Policy",
			"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: http://127.0.0.1:* http://localhost:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
		)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}

func noListing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
