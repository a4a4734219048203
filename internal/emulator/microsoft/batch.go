package microsoft

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

type batchRequest struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

const batchLimit = 20

// graphBatch carries out requests in one. The last is answered first: the order
// means nothing.
func (s *Server) batch(c *call, fault *emulator.Fault) *reply {
	fault.Wait(s.host.Context())
	var body struct {
		Requests []batchRequest `json:"requests"`
	}
	bad := func(message string) *reply { return graphError(c, http.StatusBadRequest, "BadRequest", message) }
	if json.Unmarshal(c.Raw, &body) != nil || len(body.Requests) == 0 {
		return bad("Invalid batch payload format.")
	}
	if len(body.Requests) > batchLimit {
		return bad("Number of batch request steps exceeds the maximum value of 20.")
	}
	seen := map[string]bool{}
	responses := make([]any, len(body.Requests))
	for i, r := range body.Requests {
		if r.ID == "" || seen[r.ID] || !strings.HasPrefix(r.URL, "/") {
			return bad("Batch request ids must be unique and urls relative.")
		}
		seen[r.ID] = true
		responses[len(responses)-1-i] = s.batchItem(c, r)
	}
	return emulator.JSON(http.StatusOK, map[string]any{"responses": responses})
}

func (s *Server) batchItem(c *call, r batchRequest) map[string]any {
	path, query, _ := strings.Cut(r.URL, "?")
	item := &call{
		Now: c.Now, Method: r.Method, URI: graphRoot + r.URL, Path: graphRoot + path, Host: c.Host,
		Query: emulator.ParseQuery(query), Header: http.Header{"Authorization": c.Header["Authorization"]},
	}
	for name, value := range r.Headers {
		item.Header.Set(name, value)
	}
	route, params := s.host.Router.Match(item.Method, item.Path)
	item.Params = params
	var out *reply
	switch fault := s.host.Take(item.Method, route.Pattern, item.Path); {
	case fault != nil && fault.Status != 0:
		out = fault.Reply()
	case r.Method != http.MethodGet:
		out = s.missing(item)
	default:
		out = route.Serve(item, nil)
	}
	answer := map[string]any{"id": r.ID, "status": out.Status}
	headers := map[string]string{}
	for name := range out.Header {
		headers[name] = out.Header.Get(name)
	}
	answer["headers"] = headers
	if json.Valid(out.Body) {
		answer["body"] = json.RawMessage(out.Body)
	} else if len(out.Body) > 0 {
		answer["body"] = out.Body // in base64
	}
	return answer
}
