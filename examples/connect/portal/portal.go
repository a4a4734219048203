// Package portal is what a customer sees: connect Microsoft Teams, choose where notifications land, send a
// test. It stands on package customers and keeps no database: it remembers test results, for all of a
// customer's people.
package portal

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/examples/connect/web"
)

//go:embed templates
var files embed.FS

var pages = web.Pages(files, "home", "channels", "leave", "connected")

// Config is what a portal needs to know of its product.
type Config struct {
	TextWorkflow, CardWorkflow string                               // what a test runs, for channels and people and for webhooks
	ConsentURL                 string                               // the site's /consent
	Sample                     func(customerID string) string       // in the demo, a webhook to paste
	As                         func(customerID, link string) string // in the demo, whose browser Microsoft meets
}

// Portal is the customers' part of the site.
type Portal struct {
	site       *web.Site
	teams      *customers.Client
	config     Config
	background context.Context // tests are waited for beyond the request
	mu         sync.Mutex
	states     map[string]*state
}

// state is what is remembered of a customer.
type state struct {
	tests       map[string]test                  // the last of each destination
	removed     map[string]customers.Destination // for undo
	status      *customers.Status
	statusUntil time.Time
}

// Mount adds the portal to a site. Its tests end with ctx.
func Mount(ctx context.Context, site *web.Site, teams *customers.Client, config Config) {
	p := &Portal{site: site, teams: teams, config: config, background: ctx, states: map[string]*state{}}
	for pattern, h := range map[string]web.Handler{
		"GET /{$}": p.home, "POST /connection": p.connect, "POST /connection/remove": p.disconnect,
		"GET /channels": p.channels, "POST /channels": p.addChannel, "POST /people": p.addPerson, "POST /people/link": p.linkPerson,
		"POST /webhooks": p.addWebhook, "POST /destinations/remove": p.remove, "POST /destinations/restore": p.restore, "POST /tests": p.sendTest,
	} {
		site.Handle(pattern, func(w http.ResponseWriter, r *http.Request, s *web.Session) error {
			return explain(h(w, r, s))
		})
	}
	site.Mux.HandleFunc("GET /consent", p.consented)
	site.Mux.HandleFunc("GET /connected", p.connected)
}

// explain puts an error into a customer's words.
func explain(err error) error {
	var p *web.Problem
	if err == nil || errors.As(err, &p) {
		return err
	}
	status := http.StatusBadGateway
	for _, theirs := range []error{customers.ErrInvalidParams, customers.ErrNotConnected, customers.ErrWrongTenant, customers.ErrUnreachable, novu.ErrNotFound} {
		if errors.Is(err, theirs) {
			status = http.StatusConflict
		}
	}
	return &web.Problem{Status: status, Text: customers.ForCustomer(err), Cause: err}
}

func (p *Portal) customer(s *web.Session) *customers.Customer { return p.teams.Customer(s.ID) }

// with reads or changes what is remembered of a customer.
func (p *Portal) with(s *web.Session, f func(*state)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.states[s.ID] == nil {
		p.states[s.ID] = &state{tests: map[string]test{}, removed: map[string]customers.Destination{}}
	}
	f(p.states[s.ID])
}

const statusAge = 3 * time.Second

// status asks at most every three seconds, however many pages look, unless something has changed.
func (p *Portal) status(ctx context.Context, s *web.Session) (status *customers.Status, err error) {
	p.with(s, func(st *state) {
		if time.Now().Before(st.statusUntil) {
			status = st.status
		}
	})
	if status == nil {
		if status, err = p.customer(s).Status(ctx); err == nil {
			p.with(s, func(st *state) { st.status, st.statusUntil = status, time.Now().Add(statusAge) })
		}
	}
	return status, err
}

// overview is the page that everything leads back to.
type overview struct {
	*customers.Status

	Problem string // with the connection
	Rows    []row
	Form    form
	Sample  string
	Waiting bool // whether something will change by itself
}

// row is a destination as the page shows it.
type row struct {
	customers.DestinationStatus

	Problem string // why nothing arrives there
	Test    *test  // the last one; nil before there was any
	Focus   bool   // the one before it was removed
}

// form is what somebody typed and what is wrong with it.
type form struct{ Field, Value, Name, Problem string }

func (p *Portal) home(w http.ResponseWriter, r *http.Request, s *web.Session) error {
	return p.show(w, r, s, form{})
}

// show writes the overview, with what was typed wrong beside its field.
func (p *Portal) show(w http.ResponseWriter, r *http.Request, s *web.Session, wrong form) error {
	status, err := p.status(r.Context(), s)
	if err != nil {
		return err
	}
	o := &overview{Status: status, Form: wrong, Waiting: status.Connection == nil}
	if p.config.Sample != nil {
		o.Sample = p.config.Sample(s.ID)
	}
	if status.Connection != nil {
		o.Problem = customers.ForCustomer(status.Err)
	}
	p.with(s, func(st *state) {
		for i, d := range o.Destinations {
			last := i == len(o.Destinations)-1
			entry := row{DestinationStatus: d, Problem: customers.ForCustomer(d.Err)}
			entry.Focus = r.FormValue("after") == fmt.Sprint(i) || last && r.FormValue("after") == fmt.Sprint(i+1)
			if t, has := st.tests[d.Identifier]; has {
				entry.Test = &t
				o.Waiting = o.Waiting || t.Pending
			}
			o.Rows = append(o.Rows, entry)
		}
	})
	code := http.StatusOK
	if wrong.Problem != "" {
		code = http.StatusUnprocessableEntity
	}
	p.site.Show(w, s, code, pages["home"], o)
	return nil
}

// Version differs whenever the live part of the page would.
func (o *overview) Version() string {
	v := fmt.Sprint(o.Connected, o.Connection != nil, o.Organization, o.Waiting, o.Problem)
	for _, entry := range o.Rows {
		v += fmt.Sprint(entry.Identifier, entry.Name, entry.Reachability, entry.Problem, entry.Test)
	}
	return v
}

// connect sends a tab to Microsoft, where an administrator consents. Each click makes a link of its own.
func (p *Portal) connect(w http.ResponseWriter, r *http.Request, s *web.Session) error {
	link, err := p.customer(s).ConnectURL(r.Context(), customers.ConnectParams{RedirectURL: p.config.ConsentURL})
	if err != nil {
		return err
	}
	return p.leave(w, s, link)
}

// linkPerson sends a tab to Microsoft's sign-in; Novu then stores who it was as a destination.
func (p *Portal) linkPerson(w http.ResponseWriter, r *http.Request, s *web.Session) error {
	link, err := p.customer(s).LinkURL(r.Context(), "")
	if err != nil {
		return err
	}
	return p.leave(w, s, link)
}

// leave is a page that goes on to Microsoft by itself. A redirect would do, but the policy that forms may
// only be sent here holds for redirects too.
func (p *Portal) leave(w http.ResponseWriter, s *web.Session, link *novu.OAuthURL) error {
	to := link.URL.Reveal()
	if p.config.As != nil {
		to = p.config.As(s.ID, to)
	}
	w.Header().Set("Refresh", "0;url="+to)
	p.site.Show(w, nil, http.StatusOK, pages["leave"], to)
	return nil
}

// consented is where Microsoft sends the administrator, whose browser may have no session. A consent goes on
// to Novu, which stores the connection; anything else ends here.
func (p *Portal) consented(w http.ResponseWriter, r *http.Request) {
	next, err := p.teams.FinishConnect(r.URL.Query())
	if err != nil {
		p.site.Fail(w, nil, explain(err))
		return
	}
	http.Redirect(w, r, next.Reveal(), http.StatusSeeOther)
}

// connected is where Novu sends the tab. It says that it is done only to whom that is true.
func (p *Portal) connected(w http.ResponseWriter, r *http.Request) {
	var page struct {
		SignedIn, Done bool
		Problem        string
	}
	if s := p.site.Current(r); s != nil && !s.Operator {
		p.with(s, func(st *state) { st.status = nil })
		status, err := p.status(r.Context(), s)
		if err == nil && status.Connection != nil {
			err = status.Err
		}
		page.SignedIn, page.Problem = true, customers.ForCustomer(err)
		page.Done = err == nil && status.Connected
	}
	p.site.Show(w, nil, http.StatusOK, pages["connected"], page)
}

func (p *Portal) disconnect(w http.ResponseWriter, r *http.Request, s *web.Session) error {
	done, err := p.customer(s).Disconnect(r.Context())
	p.with(s, func(st *state) { st.status = nil })
	if err != nil {
		return err
	}
	notice := &web.Notice{Text: "Microsoft Teams is disconnected, and nothing is sent any more."}
	for _, left := range done.Left {
		notice.Text += " " + left
	}
	return p.site.Back(w, r, s, "/", notice)
}
