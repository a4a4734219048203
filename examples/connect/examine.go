package main

import (
	"net/http"
	"slices"
	"strings"

	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/webhook"
)

// examination is what the doctor found, nil before it was asked.
type examination struct {
	Groups                  []group
	Broken, Warned, Skipped int
}

// group is all that was found about one thing.
type group struct {
	Subject  string
	Findings []doctor.Finding
}

// Sound reports whether there is nothing to look at.
func (g group) Sound() bool {
	return !slices.ContainsFunc(g.Findings, func(f doctor.Finding) bool { return f.Verdict != doctor.OK })
}

func (a *app) showDoctor(w http.ResponseWriter, _ *http.Request, s *session) error {
	a.show(w, http.StatusOK, "doctor", s, (*examination)(nil))
	return nil
}

// examine has the doctor walk the whole way of the customer's notifications. It
// only reads, and posts nothing.
func (a *app) examine(w http.ResponseWriter, r *http.Request, s *session) error {
	ctx := r.Context()
	destinations, err := a.destinations(ctx, s.customer)
	if err != nil {
		return err
	}
	questions, err := a.questions(s.customer, destinations)
	if err != nil {
		return err
	}
	d, err := doctor.New(a.novu, doctor.WithMSTeams(a.teams), doctor.WithCheckTimeout(patience/2))
	if err != nil {
		return err
	}
	var found []doctor.Finding
	for _, q := range questions {
		report, err := d.Examine(ctx, q)
		if err != nil {
			return err
		}
		found = append(found, report.Findings...)
	}
	a.show(w, http.StatusOK, "doctor", s, examined(found, destinations))
	return nil
}

// questions are the two triggers of a test, those that have a destination.
func (a *app) questions(c *customer, destinations []destination) ([]doctor.Question, error) {
	bot := doctor.Question{SubscriberID: c.subscriber(), WorkflowID: textWorkflow, Context: c.context(), IntegrationIdentifier: a.integration}
	hasWebhook := slices.ContainsFunc(destinations, func(d destination) bool { return d.Kind == kindWebhook })
	if !hasWebhook {
		return []doctor.Question{bot}, nil
	}
	card, err := webhook.ForNovu(webhook.Text("hello"))
	if err != nil {
		return nil, err
	}
	hook := bot
	hook.SubscriberID, hook.WorkflowID, hook.Payload = c.webhookSubscriber(), cardWorkflow, map[string]any{"card": card}
	if !slices.ContainsFunc(destinations, func(d destination) bool { return d.Kind != kindWebhook }) {
		return []doctor.Question{hook}, nil
	}
	return []doctor.Question{bot, hook}, nil
}

// examined sorts findings by what they are about, each once, and calls the
// destinations by their names. Evidence is for whoever runs the program: here it
// is left out.
func examined(found []doctor.Finding, destinations []destination) *examination {
	e := &examination{}
	for _, f := range found {
		for _, d := range destinations {
			f.Subject = strings.ReplaceAll(f.Subject, d.ID, d.Name)
		}
		i := slices.IndexFunc(e.Groups, func(g group) bool { return g.Subject == f.Subject })
		if i < 0 {
			i = len(e.Groups)
			e.Groups = append(e.Groups, group{Subject: f.Subject})
		}
		if slices.ContainsFunc(e.Groups[i].Findings, func(have doctor.Finding) bool { return have.Check == f.Check && have.Message == f.Message }) {
			continue
		}
		e.Groups[i].Findings = append(e.Groups[i].Findings, f)
		switch f.Verdict {
		case doctor.Broken:
			e.Broken++
		case doctor.Warning:
			e.Warned++
		case doctor.NotChecked:
			e.Skipped++
		}
	}
	return e
}
