package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/novu-go/novu/novutest"
)

func tid(r *http.Request) string {
	parts := strings.Split(r.Header.Get("Authorization"), ".")
	if len(parts) < 2 {
		return ""
	}
	b, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var c struct{ Tid string }
	_ = json.Unmarshal(b, &c)
	return c.Tid
}

func scratch() []novutest.Option {
	name := func(r *http.Request) string { return map[string]string{customers[0].tenant: "1"}[tid(r)] + "2" }
	team := func(r *http.Request, i int) string {
		return fmt.Sprintf("%08d-0000-4000-8000-0000000000%s", i, (name(r) + "00")[:2])
	}
	js := func(w http.ResponseWriter, v any) { w.Header().Set("Content-Type", "application/json"); _ = json.NewEncoder(w).Encode(v) }
	h := map[string]http.HandlerFunc{
		"GET /_graph/v1.0/teams": func(w http.ResponseWriter, r *http.Request) {
			js(w, map[string]any{"value": []any{map[string]any{"id": team(r, 1), "displayName": "Platform"}, map[string]any{"id": team(r, 2), "displayName": "Support"}}})
		},
		"GET /_graph/v1.0/teams/{id}/channels": func(w http.ResponseWriter, r *http.Request) { js(w, chans(strings.Split(r.URL.Path, "/")[4])) },
		"GET /_graph/v1.0/teams/{id}/primaryChannel": func(w http.ResponseWriter, r *http.Request) {
			js(w, map[string]any{"id": "19:" + strings.Split(r.URL.Path, "/")[4][:8] + "a@thread.tacv2", "displayName": "General"})
		},
		"POST /_graph/v1.0/$batch": func(w http.ResponseWriter, r *http.Request) {
			var in struct{ Requests []struct{ ID, URL string } }
			_ = json.NewDecoder(r.Body).Decode(&in)
			var out []any
			for _, q := range in.Requests {
				out = append(out, map[string]any{"id": q.ID, "status": 200, "body": chans(strings.Split(q.URL, "/")[2])})
			}
			js(w, map[string]any{"responses": out})
		},
		"GET /_graph/v1.0/appCatalogs/teamsApps": func(w http.ResponseWriter, r *http.Request) {
			js(w, map[string]any{"value": []any{map[string]any{"id": "22f73bbe-f67a-4dea-bd54-54cac718cb2b", "externalId": demoBot.ClientID}}})
		},
		"POST /_graph/v1.0/teams/{id}/installedApps": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(201) },
		"GET /_connector/teams/v3/conversations/{id}/pagedmembers": func(w http.ResponseWriter, r *http.Request) {
			js(w, map[string]any{"members": []any{
				map[string]any{"id": "29:ada", "objectId": "76b00000-0000-4000-8000-000000000001", "name": "Ada Lovelace", "email": "ada@acme.example"},
				map[string]any{"id": "29:bob", "objectId": "76b00000-0000-4000-8000-000000000002", "name": "Bob", "email": "bob@acme.example"}}})
		},
		"GET /_connector/teams/v3/conversations/{id}/members/{who}": func(w http.ResponseWriter, r *http.Request) {
			js(w, map[string]any{"id": strings.Split(r.URL.Path, "/")[6], "name": "Ada Lovelace"})
		},
	}
	var opts []novutest.Option
	for p, f := range h {
		opts = append(opts, novutest.WithHandler(p, f))
	}
	return opts
}

func chans(id string) any {
	id = id[:8]
	return map[string]any{"value": []any{map[string]any{"id": "19:" + id + "a@thread.tacv2", "displayName": "General", "membershipType": "standard"},
		map[string]any{"id": "19:" + id + "b@thread.tacv2", "displayName": "Alerts", "membershipType": "standard"},
		map[string]any{"id": "19:" + id + "c@thread.tacv2", "displayName": "Board", "membershipType": "private"}}}
}
