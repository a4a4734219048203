package portal

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/examples/connect/web"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/webhook"
)

// picker lists teams, and the channels of the one that is open.
type picker struct {
	Query   string
	Teams   []team
	More    int    // how many to show next; 0 where that is all
	Problem string // why the list ends here; what there is of it stays
	Form    form   // of the link
}

type team struct {
	msteams.Team

	Open     bool
	Channels []channel // of one that is open
}

type channel struct {
	msteams.Channel

	Chosen  bool
	Problem string // why it could not be added
}

// showPicker writes the picker, with what is wrong beside the link's field or the channel.
func (p *Portal) showPicker(w http.ResponseWriter, r *http.Request, s *web.Session, wrong form) error {
	page := &picker{Query: strings.TrimSpace(r.FormValue("q")), Form: wrong}
	most, _ := strconv.Atoi(r.FormValue("n")) // what is no number asks for no more
	most = max(25, most)                      // which come from one page of Graph's
	for found, err := range p.teams.Customer(s.ID).Teams(r.Context(), msteams.ListTeamsParams{NamePrefix: page.Query, PageSize: 100}) {
		if err != nil && len(page.Teams) == 0 {
			return err
		}
		if page.Problem = customers.ForCustomer(err); err != nil {
			break
		}
		if len(page.Teams) == most {
			page.More = most + 25
			break
		}
		page.Teams = append(page.Teams, team{Team: found, Open: found.ID == r.FormValue("team")})
	}
	for i := range page.Teams {
		if t := &page.Teams[i]; t.Open || len(page.Teams) == 1 {
			t.Open = true
			page.Problem = p.fill(r, s, t, wrong)
		}
	}
	code := http.StatusOK
	if wrong.Problem != "" {
		code = http.StatusUnprocessableEntity
	}
	p.site.Show(w, s, code, pages["channels"], page)
	return nil
}

// fill lists the channels of a team and marks those that are chosen.
func (p *Portal) fill(r *http.Request, s *web.Session, t *team, wrong form) (problem string) {
	chosen := map[string]bool{}
	for d, err := range p.teams.Customer(s.ID).Destinations(r.Context()) {
		chosen[d.ChannelID] = err == nil // without the marks, adding one twice still adds it once
	}
	for found, err := range p.teams.Customer(s.ID).Channels(r.Context(), t.ID) {
		if err != nil {
			return customers.ForCustomer(err)
		}
		one := channel{Channel: found, Chosen: chosen[found.ID]}
		if wrong.Field == "channel" && wrong.Value == found.ID {
			one.Problem = wrong.Problem
		}
		t.Channels = append(t.Channels, one)
	}
	return ""
}

func (p *Portal) addChannel(w http.ResponseWriter, r *http.Request, s *web.Session) error {
	params := customers.AddChannelParams{
		TeamID: r.PostFormValue("team"), ChannelID: r.PostFormValue("channel"), Link: strings.TrimSpace(r.PostFormValue("link")),
	}
	added, err := p.teams.Customer(s.ID).AddChannel(r.Context(), params)
	if err == nil {
		return p.added(w, r, s, added)
	}
	wrong := form{Field: "channel", Value: params.ChannelID, Problem: customers.ForCustomer(err)}
	if params.TeamID == "" {
		wrong.Field, wrong.Value = "link", params.Link
	}
	return p.showPicker(w, r, s, wrong)
}

func (p *Portal) addPerson(w http.ResponseWriter, r *http.Request, s *web.Session) error {
	address := strings.TrimSpace(r.PostFormValue("email"))
	added, err := p.teams.Customer(s.ID).AddPerson(r.Context(), customers.AddPersonParams{Email: address})
	if err != nil {
		return p.show(w, r, s, form{Field: "email", Value: address, Problem: customers.ForCustomer(err)})
	}
	return p.added(w, r, s, added)
}

func (p *Portal) addWebhook(w http.ResponseWriter, r *http.Request, s *web.Session) error {
	pasted, name := r.PostFormValue("url"), strings.TrimSpace(r.PostFormValue("name"))
	added, err := p.teams.Customer(s.ID).AddWebhook(r.Context(), customers.AddWebhookParams{URL: novu.Secret(pasted), Name: name})
	if err != nil {
		return p.show(w, r, s, form{Field: "url", Value: pasted, Name: name, Problem: customers.ForCustomer(err)})
	}
	return p.added(w, r, s, added)
}

func (p *Portal) added(w http.ResponseWriter, r *http.Request, s *web.Session, d *customers.Destination) error {
	return p.site.Back(w, r, s, "/", &web.Notice{Text: d.Name + " is added."})
}

// remove takes a destination away, and keeps what is needed to bring it back.
func (p *Portal) remove(w http.ResponseWriter, r *http.Request, s *web.Session) error {
	id := r.PostFormValue("id")
	status, err := p.teams.Customer(s.ID).Status(r.Context())
	if err != nil {
		return err
	}
	at := slices.IndexFunc(status.Destinations, func(d customers.DestinationStatus) bool { return d.Identifier == id })
	if err := p.teams.Customer(s.ID).RemoveDestination(r.Context(), id); err != nil || at < 0 {
		return err
	}
	removed := status.Destinations[at].Destination
	p.with(s, func(st *state) { st.removed[id] = removed })
	return p.site.Back(w, r, s, fmt.Sprintf("/?after=%d", at), &web.Notice{Text: removed.Name + " is removed.", Undo: id})
}

func (p *Portal) restore(w http.ResponseWriter, r *http.Request, s *web.Session) error {
	var removed customers.Destination
	p.with(s, func(st *state) { removed = st.removed[r.PostFormValue("id")] })
	added, err := p.teams.Customer(s.ID).RestoreDestination(r.Context(), removed)
	if err != nil {
		return err
	}
	return p.added(w, r, s, added)
}

// test is what became of the last one at a destination.
type test struct {
	Pending bool
	At      time.Time
	Problem string // "" where it arrived
}

// sendTest notifies every destination. All of the customer's people see what becomes of it.
func (p *Portal) sendTest(w http.ResponseWriter, r *http.Request, s *web.Session) error {
	text := strings.TrimSpace(r.PostFormValue("text"))
	if text == "" || len(text) > 2000 { // which keeps it below what a card may weigh
		return p.show(w, r, s, form{Field: "text", Value: text, Problem: "Write a text of up to 500 characters."})
	}
	card, err := webhook.ForNovu(webhook.Text(text))
	if err != nil {
		return err
	}
	sent, err := p.teams.Customer(s.ID).Notify(r.Context(), customers.NotifyParams{
		WorkflowID: p.config.TextWorkflow, WebhookWorkflowID: p.config.CardWorkflow, Payload: map[string]any{"text": text, "card": card},
	})
	if err != nil {
		return p.show(w, r, s, form{Field: "text", Value: text, Problem: customers.ForCustomer(err)})
	}
	status, err := p.teams.Customer(s.ID).Status(r.Context())
	if err != nil {
		return err
	}
	p.with(s, func(st *state) {
		for _, d := range status.Destinations {
			st.tests[d.Identifier] = test{Pending: true, At: time.Now()}
		}
	})
	go p.await(s, sent.TransactionID)
	return p.site.Back(w, r, s, "/#destinations", nil)
}

// await keeps what became of a test.
func (p *Portal) await(s *web.Session, transactionID string) {
	ctx, cancel := context.WithTimeout(p.background, time.Minute)
	defer cancel()
	outcomes, _ := p.teams.Customer(s.ID).WaitDelivered(ctx, transactionID)
	p.with(s, func(st *state) {
		for _, o := range outcomes {
			st.tests[o.Destination.Identifier] = test{At: time.Now(), Problem: customers.ForCustomer(o.Err)}
		}
		for id, t := range st.tests {
			if t.Pending { // an error said nothing about it
				st.tests[id] = test{At: time.Now(), Problem: "Nothing was heard of it. Send another test in a minute."}
			}
		}
	})
}
