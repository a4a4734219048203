package main

import (
	"net/http"
	"strings"
)

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// maxForm is more than any form here needs.
const maxForm = 64 << 10

// guarded keeps other sites out. Forms need no token beside it: browsers say
// where a request comes from, and CrossOriginProtection refuses those that
// change something and come from elsewhere; the cookie does not travel with
// them either.
func (a *app) guarded(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { a.fail(w, nil, errForeign) }))
	next = sameOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		if strings.HasPrefix(r.URL.Path, "/assets/") {
			h.Set("Cache-Control", "no-cache")
		}
		// A foreign name that leads here would make its pages same-origin.
		if r.Host != a.host && r.Host != "localhost:"+port(a.host) {
			a.fail(w, nil, errWrongHost)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}

func port(host string) string { return host[strings.LastIndexByte(host, ':')+1:] }
