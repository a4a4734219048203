// Package web is what both parts of the example share: sessions, pages and what keeps other sites
// out. A product has its own of all three.
package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

//go:embed assets templates
var files embed.FS

// User is who can sign in: a customer of your product, or the people who run it.
type User struct {
	ID, Name string
	Operator bool
}

// Session is one browser that is signed in.
type Session struct {
	User

	expires time.Time
	notice  *Notice
}

// Notice is said once, on the next page.
type Notice struct {
	Text string
	Undo string // what to restore; "" where there is nothing
}

// Site is a web site with people who sign in.
type Site struct {
	Host  string // that browsers know it by
	Users []User
	Log   *slog.Logger
	Now   func() time.Time
	Mux   *http.ServeMux // for pages that need no session

	mu       sync.Mutex // guards the sessions and their notices
	sessions map[string]*Session
}

// New returns a site. Add pages to it with Handle.
func New(host string, users []User) *Site {
	site := &Site{Host: host, Users: users, Mux: http.NewServeMux(), sessions: map[string]*Session{}}
	assets, _ := fs.Sub(files, "assets") // which is embedded
	site.Mux.Handle("GET /assets/{file}", http.StripPrefix("/assets/", http.FileServerFS(assets)))
	site.Mux.HandleFunc("POST /sign-in", site.signIn)
	site.Mux.HandleFunc("POST /sign-out", func(w http.ResponseWriter, r *http.Request) {
		site.keep(w, r, nil)
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	site.Handle("/", func(http.ResponseWriter, *http.Request, *Session) error { return errNotHere })
	return site
}

const (
	cookieName, sessionAge = "connect_session", 8 * time.Hour
	patience               = 20 * time.Second // how long a page may take, waits and retries included
	maxForm                = 64 << 10         // more than any form here needs
)

// signIn goes on to the page that the browser wanted, if the user may see it.
func (site *Site) signIn(w http.ResponseWriter, r *http.Request) {
	for _, u := range site.Users {
		if u.ID != r.FormValue("user") {
			continue
		}
		site.keep(w, r, &Session{User: u, expires: time.Now().Add(sessionAge)})
		next := r.FormValue("next")
		isLocal := strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "//") && !strings.ContainsAny(next, "\\\r\n\t")
		if !isLocal || strings.HasPrefix(next, "/operator") != u.Operator {
			next = map[bool]string{true: "/operator", false: "/"}[u.Operator]
		}
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	site.Fail(w, nil, errNotHere)
}

// keep replaces the browser's session, under a new token, so that nobody has planted it. The cookie is
// not for scripts. Served over https it would be Secure, and called __Host-session.
func (site *Site) keep(w http.ResponseWriter, r *http.Request, s *Session) {
	cookie := &http.Cookie{Name: cookieName, Value: rand.Text(), Path: "/", MaxAge: int(sessionAge.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode}
	site.mu.Lock()
	defer site.mu.Unlock()
	if sent, err := r.Cookie(cookieName); err == nil {
		delete(site.sessions, sent.Value)
	}
	if site.sessions[cookie.Value] = s; s == nil {
		delete(site.sessions, cookie.Value)
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

// Current is the session of the browser that asks, nil if it has none.
func (site *Site) Current(r *http.Request) *Session {
	sent, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	site.mu.Lock()
	defer site.mu.Unlock()
	s := site.sessions[sent.Value]
	if s == nil || time.Now().After(s.expires) {
		delete(site.sessions, sent.Value)
		return nil
	}
	return s
}

// Handler answers whoever is signed in. An error becomes a page that says what to do about it.
type Handler func(w http.ResponseWriter, r *http.Request, s *Session) error

// Handle adds a page. Those below /operator are for operators, the others for customers.
func (site *Site) Handle(pattern string, h Handler) {
	forOperators := strings.Contains(pattern, "/operator")
	site.Mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		s := site.Current(r)
		switch {
		case r.ParseForm() != nil:
			site.Fail(w, s, errTooLarge)
		case s == nil && r.Method == http.MethodGet:
			site.Show(w, nil, http.StatusOK, own["sign-in"], map[string]any{"Users": site.Users, "Next": r.URL.RequestURI()})
		case s == nil:
			site.Fail(w, nil, errSignedOut)
		case s.Operator != forOperators && pattern != "/":
			site.Fail(w, s, errNotHere)
		default:
			ctx, cancel := context.WithTimeout(r.Context(), patience)
			defer cancel()
			if err := h(w, r.WithContext(ctx), s); err != nil {
				site.Fail(w, s, err)
			}
		}
	})
}

// Policy is the content security policy of every page.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP keeps other sites out. Forms need no token: browsers say where a request comes from.
func (site *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range map[string]string{
		"Content-Security-Policy": Policy, "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		"Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	} {
		w.Header().Set(name, value)
	}
	_, port, _ := strings.Cut(site.Host, ":")
	switch {
	case r.Host != site.Host && r.Host != "localhost:"+port: // a foreign name that leads here would make its pages same-origin
		site.Fail(w, nil, errWrongHost)
	case http.NewCrossOriginProtection().Check(r) != nil:
		site.Fail(w, nil, errForeign)
	default:
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		site.Mux.ServeHTTP(w, r)
	}
}

// Pages parses templates that fill in the layout's "title" and "content".
func Pages(templates fs.FS, names ...string) map[string]*template.Template {
	parsed := map[string]*template.Template{}
	for _, name := range names {
		parsed[name] = template.Must(template.Must(template.ParseFS(files, "templates/layout.html")).ParseFS(templates, "templates/"+name+".html"))
	}
	return parsed
}

var own = Pages(files, "sign-in", "problem")

// Show writes a page as a whole, so that none is ever sent by half.
func (site *Site) Show(w http.ResponseWriter, s *Session, status int, page *template.Template, data any) {
	view := map[string]any{"User": s, "Page": data}
	if s != nil {
		site.mu.Lock()
		view["Notice"], s.notice = s.notice, nil
		site.mu.Unlock()
	}
	var b bytes.Buffer
	if err := page.Execute(&b, view); err != nil {
		slog.Error("a page can't be shown", "error", err)
		http.Error(w, "This page can't be shown. The program's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the browser has gone
}

// Back ends a request that changed something, and says so on the next page.
func (site *Site) Back(w http.ResponseWriter, r *http.Request, s *Session, to string, n *Notice) error {
	site.mu.Lock()
	s.notice = n
	site.mu.Unlock()
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// Problem is an error in the words of whoever sees the page.
type Problem struct {
	Status int
	Text   string // what is wrong, and what to do
	Cause  error  // for the log only: it can name what is not this customer's to know
}

// Error is the text.
func (p *Problem) Error() string { return p.Text }

// What can be wrong with a request, wherever it goes.
var (
	errSignedOut = &Problem{Status: http.StatusUnauthorized, Text: "You are signed out. Sign in and try again."}
	errNotHere   = &Problem{Status: http.StatusNotFound, Text: "There is nothing at this address. Go back to the overview."}
	errForeign   = &Problem{Status: http.StatusForbidden, Text: "This request came from another site. Open the page here and try again."}
	errTooLarge  = &Problem{Status: http.StatusRequestEntityTooLarge, Text: "That is too much for this form. Send less."}
	errWrongHost = &Problem{Status: http.StatusMisdirectedRequest, Text: "This is not the address of this page. Open the one that the program printed."}
)

// Fail shows a page that says what went wrong.
func (site *Site) Fail(w http.ResponseWriter, s *Session, err error) {
	var p *Problem
	if !errors.As(err, &p) {
		p = &Problem{Status: http.StatusInternalServerError, Text: "That did not work. The program's log says why.", Cause: err}
	}
	slog.Info(p.Text, "status", p.Status, "error", p.Cause)
	site.Show(w, s, p.Status, own["problem"], p)
}
