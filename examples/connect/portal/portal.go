// Package portal is what a customer sees. It stands on package customers and keeps no database: it
// remembers test results, for all of a customer's people.
package portal

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"sync"

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
	tests   map[string]test                  // the last of each destination
	removed map[string]customers.Destination // for undo
}

// Mount adds the portal to a site. Its tests end with ctx.
func Mount(ctx context.Context, site *web.Site, teams *customers.Client, config Config) {
	p := &Portal{site: site, teams: teams, config: config, background: ctx, states: map[string]*state{}}
	for pattern, h := range map[string]web.Handler{
		"GET /{$}": p.right(p.show), "GET /channels": p.right(p.showPicker), "POST /connection": p.leave(p.connectURL), "POST /connection/remove": p.disconnect,
		"POST /channels": p.addChannel, "POST /people": p.addPerson, "POST /people/link": p.leave(linkURL),
		"POST /webhooks": p.addWebhook, "POST /destinations/remove": p.remove, "POST /destinations/restore": p.restore, "POST /tests": p.sendTest,
	} {
		site.Handle(pattern, func(w http.ResponseWriter, r *http.Request, s *web.Session) error {
			if err := h(w, r, s); err != nil {
				return explain(err)
			}
			return nil
		})
	}
	site.Mux.HandleFunc("GET /consent", p.consented)
	site.Mux.HandleFunc("GET /connected", p.connected)
}

// explain puts an error into a customer's words.
func explain(err error) error {
	status := http.StatusBadGateway
	if errors.Is(err, novu.ErrNotFound) { // what does not exist, and what is another customer's
		status = http.StatusNotFound
	}
	return &web.Problem{Status: status, Text: customers.ForCustomer(err), Cause: err}
}

// with reads or changes what is remembered of a customer.
func (p *Portal) with(s *web.Session, f func(*state)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.states[s.ID] == nil {
		p.states[s.ID] = &state{tests: map[string]test{}, removed: map[string]customers.Destination{}}
	}
	f(p.states[s.ID])
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

// right shows a page on which nothing is wrong yet.
func (p *Portal) right(show func(http.ResponseWriter, *http.Request, *web.Session, form) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request, s *web.Session) error { return show(w, r, s, form{}) }
}

// show writes the overview, with what was typed wrong beside its field.
func (p *Portal) show(w http.ResponseWriter, r *http.Request, s *web.Session, wrong form) error {
	status, err := p.teams.Customer(s.ID).Status(r.Context())
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

// connectURL is where an administrator consents.
func (p *Portal) connectURL(ctx context.Context, c *customers.Customer) (*novu.OAuthURL, error) {
	return c.ConnectURL(ctx, customers.ConnectParams{RedirectURL: p.config.ConsentURL})
}

// linkURL is where a person signs in. Novu then stores who it was as a destination.
func linkURL(ctx context.Context, c *customers.Customer) (*novu.OAuthURL, error) {
	return c.LinkURL(ctx, "")
}

// leave sends a tab to Microsoft, with a link of its own for each click. A redirect would do, but the
// policy that forms may only be sent here holds for redirects too.
func (p *Portal) leave(link func(context.Context, *customers.Customer) (*novu.OAuthURL, error)) web.Handler {
	return func(w http.ResponseWriter, r *http.Request, s *web.Session) error {
		made, err := link(r.Context(), p.teams.Customer(s.ID))
		if err != nil {
			return err
		}
		to := made.URL.Reveal()
		if p.config.As != nil {
			to = p.config.As(s.ID, to)
		}
		w.Header().Set("Refresh", "0;url="+to)
		p.site.Show(w, nil, http.StatusOK, pages["leave"], to)
		return nil
	}
}

// consented is where Microsoft sends the administrator, whose browser may have no session. A consent
// goes on to Novu, which stores the connection; anything else ends here.
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
		SignedIn bool
		Problem  string // "" where it is done
	}
	if s := p.site.Current(r); s != nil && !s.Operator {
		status, err := p.teams.Customer(s.ID).Status(r.Context())
		if err == nil {
			err = status.Err
		}
		page.SignedIn, page.Problem = true, customers.ForCustomer(err)
	}
	p.site.Show(w, nil, http.StatusOK, pages["connected"], page)
}

func (p *Portal) disconnect(w http.ResponseWriter, r *http.Request, s *web.Session) error {
	done, err := p.teams.Customer(s.ID).Disconnect(r.Context())
	if err != nil {
		return err
	}
	notice := &web.Notice{Text: "Microsoft Teams is disconnected, and nothing is sent any more."}
	for _, left := range done.Left {
		notice.Text += " " + left
	}
	return p.site.Back(w, r, s, "/", notice)
}
