package main

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"time"
)

//go:embed assets templates
var files embed.FS

// app is what the handlers share.
type app struct {
	*backend
	integration string
	host        string // that browsers know it by
	now         func() time.Time
	log         *slog.Logger
	sessions    sessions
	links       links
	directories directories
	names       names
}

func newApp(b *backend, integration, root string) *app {
	return &app{
		backend: b, integration: integration, host: root[len("http://"):], now: time.Now, log: slog.Default(),
		sessions: sessions{byToken: map[string]*session{}},
	}
}

// routes are what a signed-in customer can do. Each gets the session and works
// only with what is that customer's.
func (a *app) routes() map[string]handler {
	return map[string]handler{
		"GET /{$}":                     a.home,
		"POST /connection":             a.connect,
		"POST /connection/remove":      a.disconnect,
		"GET /channels":                a.channels,
		"POST /channels":               a.addChannel,
		"GET /people":                  a.people,
		"POST /people":                 a.addPerson,
		"POST /people/link":            a.linkPerson,
		"POST /webhooks":               a.addWebhook,
		"POST /destinations/remove":    a.removeDestination,
		"POST /tests":                  a.sendTest,
		"GET /tests/{id}":              a.showTest,
		"GET /doctor":                  a.showDoctor,
		"POST /doctor":                 a.examine,
		"GET /setup":                   a.setup,
		"GET /setup/connect-teams.zip": a.downloadPackage,
		"/":                            a.nothingHere,
	}
}

func (a *app) handler() (http.Handler, error) {
	assets, err := fs.Sub(files, "assets")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/{file}", http.StripPrefix("/assets/", http.FileServerFS(assets)))
	mux.HandleFunc("POST /sign-in", a.signInAs)
	mux.HandleFunc("POST /sign-out", a.signOut)
	mux.HandleFunc("GET /connected", a.connected)
	for pattern, h := range a.routes() {
		mux.Handle(pattern, a.signedIn(h))
	}
	return a.guarded(mux), nil
}

// handler answers a signed-in customer; an error becomes a page that says what
// to do about it.
type handler func(w http.ResponseWriter, r *http.Request, s *session) error

// patience is how long a page may take, waits and retries included.
const patience = 20 * time.Second

func (a *app) signedIn(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := a.current(r)
		switch {
		case r.ParseForm() != nil:
			a.fail(w, s, errTooLarge)
		case s != nil:
			ctx, cancel := context.WithTimeout(r.Context(), patience)
			defer cancel()
			if err := h(w, r.WithContext(ctx), s); err != nil {
				a.fail(w, s, err)
			}
		case r.Method == http.MethodGet:
			a.show(w, http.StatusOK, "sign-in", nil, map[string]any{"Customers": customers, "Demo": a.demo != nil})
		default:
			a.fail(w, nil, errSignedOut)
		}
	})
}

func (a *app) signInAs(w http.ResponseWriter, r *http.Request) {
	c := customerByID(r.FormValue("customer"))
	if c == nil {
		a.fail(w, nil, errNoCustomer)
		return
	}
	a.end(r)
	a.start(w, c)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) signOut(w http.ResponseWriter, r *http.Request) {
	a.end(r)
	http.SetCookie(w, cookie("", -1))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) nothingHere(http.ResponseWriter, *http.Request, *session) error { return errNotHere }

// back ends a request that changed something.
func back(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
