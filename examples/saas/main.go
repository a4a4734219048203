// Command saas is the backend of a product whose customers get notifications in Microsoft Teams:
// connect, choose a channel, a person or a webhook, notify, disconnect. It keeps no database: what
// it knows is in Novu.
//
// It needs NOVU_SECRET_KEY (and NOVU_BASE_URL), MSTEAMS_CLIENT_ID, MSTEAMS_CLIENT_SECRET and
// MSTEAMS_TENANT_ID, a Teams integration "teams" in Novu and the workflows "alert" and
// "alert-card".
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/msteams"
	"github.com/novu-go/novu/webhook"
)

func main() {
	client, err := novu.NewClientFromEnv()
	if err != nil {
		log.Fatal(err)
	}
	ms, err := msteams.NewClientFromEnv()
	if err != nil {
		log.Fatal(err)
	}
	teams, err := customers.NewClient(client, ms, customers.Config{IntegrationIdentifier: "teams", ManifestID: os.Getenv("MSTEAMS_CLIENT_ID")})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", backend(teams)))
}

// handler is a call for a customer; its result is sent as JSON.
type handler func(r *http.Request, c *customers.Customer) (any, error)

// backend serves the calls. Yours knows the customer from the session; here it stands in the path.
func backend(teams *customers.Client) http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /{customer}/status": func(r *http.Request, c *customers.Customer) (any, error) { return c.Status(r.Context()) },
		"POST /{customer}/channels": func(r *http.Request, c *customers.Customer) (any, error) {
			return c.AddChannel(r.Context(), customers.AddChannelParams{Link: r.FormValue("link")})
		},
		"POST /{customer}/people": func(r *http.Request, c *customers.Customer) (any, error) {
			return c.AddPerson(r.Context(), customers.AddPersonParams{Email: r.FormValue("email")})
		},
		"POST /{customer}/webhooks": func(r *http.Request, c *customers.Customer) (any, error) {
			return c.AddWebhook(r.Context(), customers.AddWebhookParams{URL: novu.Secret(r.FormValue("url")), Name: r.FormValue("name")})
		},
		"POST /{customer}/notifications": notify,
		"DELETE /{customer}":             func(r *http.Request, c *customers.Customer) (any, error) { return c.Disconnect(r.Context()) },
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			result, err := h(r, teams.Customer(r.PathValue("customer")))
			answer(w, result, err)
		})
	}
	mux.HandleFunc("GET /{customer}/connect", func(w http.ResponseWriter, r *http.Request) {
		link, err := teams.Customer(r.PathValue("customer")).ConnectURL(r.Context(), customers.ConnectParams{})
		if err != nil {
			answer(w, nil, err)
			return
		}
		http.Redirect(w, r, link.URL.Reveal(), http.StatusSeeOther)
	})
	return mux
}

// notify sends a text to every destination and tells where it arrived.
func notify(r *http.Request, c *customers.Customer) (any, error) {
	text := r.FormValue("text")
	card, err := webhook.ForNovu(webhook.Text(text))
	if err != nil {
		return nil, err
	}
	sent, err := c.Notify(r.Context(), customers.NotifyParams{
		WorkflowID: "alert", WebhookWorkflowID: "alert-card", Payload: map[string]any{"text": text, "card": card},
	})
	if err != nil {
		return nil, err
	}
	outcomes, err := c.WaitDelivered(r.Context(), sent.TransactionID)
	arrived := map[string]string{}
	for _, o := range outcomes {
		arrived[o.Destination.Name] = "delivered"
		if o.Err != nil {
			arrived[o.Destination.Name] = o.Err.Error()
		}
	}
	return arrived, err
}

func answer(w http.ResponseWriter, result any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusConflict) // the error says whose turn it is
		result = map[string]string{"error": err.Error()}
	}
	if err := json.NewEncoder(w).Encode(result); err != nil {
		log.Print(err)
	}
}
