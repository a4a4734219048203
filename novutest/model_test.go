package novutest_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/novutest"
)

// model is what a server must hold after random creates, changes and deletions.
type model struct {
	a           *api
	random      *rand.Rand
	version     novutest.Version
	connections []obj // in the order of their creation, as they were answered
	endpoints   []obj
}

func TestRandomOperationsAgreeWithAModel(t *testing.T) {
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		for seed := range uint64(8) {
			t.Run(fmt.Sprint(version, " seed ", seed), func(t *testing.T) {
				t.Parallel()
				m := &model{a: start(t, furnished(), novutest.WithVersion(version)), random: rand.New(rand.NewPCG(seed, 0)), version: version}
				m.connections = m.page("/v1/channel-connections", "limit=100")
				m.endpoints = m.page("/v1/channel-endpoints", "limit=100")
				slices.Reverse(m.connections)
				for _, id := range []string{"bob", "eve"} {
					m.a.create("/v2/subscribers", obj{"subscriberId": id})
				}
				for range 150 {
					m.step()
				}
				m.compare("/v1/channel-connections", m.connections, nil)
				m.compare("/v1/channel-endpoints", m.endpoints, nil)
			})
		}
	}
}

func (m *model) pick(from ...string) string { return from[m.random.IntN(len(from))] }

func (m *model) step() {
	switch m.random.IntN(8) {
	case 0, 1:
		m.createConnection()
	case 2, 3:
		m.createEndpoint()
	case 4:
		m.change()
	case 5:
		m.remove()
	default:
		subscriber := m.pick("ada", "bob", "eve")
		ofSubscriber := func(r obj) bool { return r["subscriberId"] == subscriber }
		m.compareFiltered("/v1/channel-connections", "subscriberId="+subscriber, m.connections, ofSubscriber)
		m.compareFiltered("/v1/channel-endpoints", "subscriberId="+subscriber, m.endpoints, ofSubscriber)
		if context := m.context(); len(context) == 1 && context["tenant"] != nil {
			key := "tenant:" + context["tenant"].(string)
			m.compareFiltered("/v1/channel-endpoints", "contextKeys="+key, m.endpoints, func(r obj) bool {
				return assert.ObjectsAreEqual([]any{key}, r["contextKeys"])
			})
		}
	}
}

func (m *model) context() obj {
	context := obj{}
	if m.random.IntN(2) == 0 {
		context["tenant"] = m.pick("acme", "Globex")
	}
	if m.random.IntN(4) == 0 {
		context["region"] = m.pick("eu", "us")
	}
	return context
}

func contextKeysOf(context obj) []any {
	keys := []any{}
	for _, typ := range []string{"region", "tenant"} {
		if id, has := context[typ].(string); has {
			keys = append(keys, typ+":"+id)
		}
	}
	return keys
}

// createConnection makes one unless its identifier, or one like it, is there.
func (m *model) createConnection() {
	context, subscriber := m.context(), m.pick("ada", "bob", "eve")
	body := obj{
		"identifier": fmt.Sprint("c", m.random.IntN(12)), "integrationIdentifier": "teams", "subscriberId": subscriber,
		"workspace": obj{"id": m.pick("t1", "t2")}, "auth": obj{"accessToken": "app-only", "extra": "x"},
	}
	if len(context) > 0 {
		body["context"] = context
	}
	taken := slices.ContainsFunc(m.connections, func(r obj) bool {
		return r["identifier"] == body["identifier"] || r["integrationIdentifier"] == "teams" && r["subscriberId"] == subscriber &&
			assert.ObjectsAreEqual(contextKeysOf(context), r["contextKeys"])
	})
	got := m.a.do(http.MethodPost, "/v1/channel-connections", body)
	if taken {
		require.Equal(m.a.t, http.StatusConflict, got.status, got.text)
		return
	}
	require.Equal(m.a.t, http.StatusCreated, got.status, got.text)
	made := got.body["data"].(obj)
	require.Equal(m.a.t, contextKeysOf(context), made["contextKeys"])
	_, kept := made["auth"].(obj)["extra"]
	require.Equal(m.a.t, m.version == novutest.Version315, kept)
	m.connections = append(m.connections, made)
}

func (m *model) createEndpoint() {
	context := m.context()
	body := obj{
		"identifier": fmt.Sprint("e", m.random.IntN(20)), "integrationIdentifier": "teams", "subscriberId": m.pick("ada", "bob", "eve"),
		"type": "ms_teams_user", "endpoint": obj{"userId": m.pick("29:a", "29:b")},
	}
	if m.random.IntN(3) == 0 {
		body["endpoint"].(obj)["tenantId"] = "t"
	}
	if len(context) > 0 {
		body["context"] = context
	}
	_, withTenant := body["endpoint"].(obj)["tenantId"]
	got := m.a.do(http.MethodPost, "/v1/channel-endpoints", body)
	switch {
	case withTenant && m.version == novutest.Version315:
		require.Equal(m.a.t, http.StatusUnprocessableEntity, got.status, got.text)
	case m.find(m.endpoints, body["identifier"]) >= 0:
		require.Equal(m.a.t, http.StatusConflict, got.status, got.text)
	default:
		require.Equal(m.a.t, http.StatusCreated, got.status, got.text)
		m.endpoints = append(m.endpoints, got.body["data"].(obj))
	}
}

func (m *model) find(rows []obj, identifier any) int {
	return slices.IndexFunc(rows, func(r obj) bool { return r["identifier"] == identifier })
}

// change patches an endpoint or a connection that may be there.
func (m *model) change() {
	identifier := fmt.Sprint(m.pick("e", "c"), m.random.IntN(12))
	path, rows, body := "/v1/channel-endpoints/", m.endpoints, obj{"endpoint": obj{"userId": m.pick("29:c", "29:d")}}
	if identifier[0] == 'c' {
		path, rows, body = "/v1/channel-connections/", m.connections, obj{"workspace": obj{"id": "t3"}, "auth": obj{"accessToken": "app-only"}}
	}
	got := m.a.do(http.MethodPatch, path+identifier, body)
	at := m.find(rows, identifier)
	if at < 0 {
		require.Equal(m.a.t, http.StatusNotFound, got.status, got.text)
		return
	}
	require.Equal(m.a.t, http.StatusOK, got.status, got.text)
	for name, value := range body {
		rows[at][name] = value
	}
	rows[at]["updatedAt"] = got.data("updatedAt")
	require.Equal(m.a.t, rows[at], got.body["data"])
}

func (m *model) remove() {
	identifier := fmt.Sprint(m.pick("e", "c"), m.random.IntN(12))
	path, rows := "/v1/channel-endpoints/", &m.endpoints
	if identifier[0] == 'c' {
		path, rows = "/v1/channel-connections/", &m.connections
	}
	got := m.a.do(http.MethodDelete, path+identifier, nil)
	at := m.find(*rows, identifier)
	if at < 0 {
		require.Equal(m.a.t, http.StatusNotFound, got.status)
		return
	}
	require.Equal(m.a.t, http.StatusNoContent, got.status)
	*rows = slices.Delete(*rows, at, at+1)
	require.Equal(m.a.t, http.StatusNotFound, m.a.do(http.MethodGet, path+identifier, nil).status)
}

func (m *model) compareFiltered(path, query string, rows []obj, match func(obj) bool) {
	m.compare(path+"?"+query, rows, match)
}

// compare reads a list page by page and expects the model's rows, newest first.
func (m *model) compare(path string, rows []obj, match func(obj) bool) {
	var want []obj
	for _, r := range slices.Backward(rows) {
		if match == nil || match(r) {
			want = append(want, r)
		}
	}
	separator, query := "?", ""
	if match != nil {
		separator = "&"
	}
	var got []obj
	for {
		page := m.a.do(http.MethodGet, path+separator+"limit=7"+query, nil)
		require.Equal(m.a.t, http.StatusOK, page.status, page.text)
		require.EqualValues(m.a.t, len(want), page.body["totalCount"])
		for _, r := range page.body["data"].([]any) {
			got = append(got, r.(obj))
		}
		next, more := page.body["next"].(string)
		if !more {
			break
		}
		query = "&after=" + next
	}
	require.Equal(m.a.t, want, got)
}

func (m *model) page(path, query string) []obj {
	var rows []obj
	for _, r := range m.a.do(http.MethodGet, path+"?"+query, nil).body["data"].([]any) {
		rows = append(rows, r.(obj))
	}
	return rows
}
