// Package operator is for those who run the product: what to set up, why a notification does not
// arrive, what Novu did. It knows nothing of the portal.
package operator

import (
	"embed"
	"net/http"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/examples/connect/web"
	"github.com/novu-go/novu/msteams"
)

//go:embed templates
var files embed.FS

var pages = web.Pages(files, "setup", "customer")

// Operator is the operators' part of the site.
type Operator struct {
	Novu       *novu.Client
	Teams      *msteams.Client
	Bot        novu.MSTeamsCredentials
	WorkflowID string
	ConsentURL string
	Site       *web.Site
}

// Mount adds the part to its site.
func (o *Operator) Mount() {
	o.Site.Handle("GET /operator", o.setup)
	o.Site.Handle("GET /operator/customers/{id}", o.examine)
}

func (o *Operator) setup(w http.ResponseWriter, _ *http.Request, s *web.Session) error {
	o.Site.Show(w, s, http.StatusOK, pages["setup"], map[string]any{
		"RedirectURLs": []string{o.Novu.CallbackURL(), o.ConsentURL}, "Bot": o.Bot, "Customers": o.Site.Users, "Delegated": msteams.PermissionSignIn,
		"Permissions": []string{
			msteams.PermissionTeams, msteams.PermissionChannels, msteams.PermissionCatalog,
			msteams.PermissionInstallInTeam, msteams.PermissionInstallForUser,
		},
	})
	return nil
}

// examine has the doctor walk the way of a customer's notifications, which only reads, and lists what
// Novu did with the last ones.
func (o *Operator) examine(w http.ResponseWriter, r *http.Request, s *web.Session) error {
	id := r.PathValue("id")
	d, err := doctor.New(o.Novu, doctor.WithMSTeams(o.Teams))
	if err != nil {
		return err
	}
	report, err := d.Examine(r.Context(), doctor.Question{
		SubscriberID: id, WorkflowID: o.WorkflowID, Context: novu.ContextPayload{"tenant": {ID: id}},
	})
	if err != nil {
		return err
	}
	// The second subscriber has the webhooks: see package customers.
	done, err := o.Novu.Notifications.List(r.Context(), novu.ListNotificationsParams{SubscriberIDs: []string{id, id + ".webhooks"}})
	if err != nil {
		return err
	}
	o.Site.Show(w, s, http.StatusOK, pages["customer"], map[string]any{"ID": id, "Findings": report.Findings, "Done": done.Data})
	return nil
}
