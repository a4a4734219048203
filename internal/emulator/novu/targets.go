package novu

import (
	"encoding/json"

	"github.com/novu-go/novu/internal/emulator"
)

// target is one place that a chat step goes to.
type target struct {
	identifier  string // of the endpoint; "-" for credentials of the subscriber
	typ         string
	integration string // its identifier
	connection  string
	endpoint    map[string]any
	raw         json.RawMessage // the endpoint as it was given
	tenantID    string          // of the person or channel
	credentials bool            // of the subscriber: the older way
}

func (t target) value(name string) string {
	v, _ := t.endpoint[name].(string)
	return v
}

func (t target) onTeams() bool { return t.typ == msTeamsChannel || t.typ == msTeamsUser }

// targets are the endpoints of the subscriber with exactly the trigger's
// contexts, and the subscriber's own credentials.
func (s *Server) targets(n *notification) []target {
	var found []target
	for _, ep := range s.endpoints.rows {
		if ep.channel == "chat" && ep.subscriberID == n.subscriber.Key && equalKeys(ep.contextKeys, n.contextKeys) {
			found = append(found, target{
				identifier: ep.Key, typ: ep.typ, integration: ep.integration, connection: ep.connection, endpoint: ep.endpoint, raw: ep.raw,
			})
		}
	}
	for _, channel := range n.subscriber.channels {
		address, _ := channel.Credentials["webhookUrl"].(string)
		if address == "" {
			continue
		}
		t := target{identifier: "-", typ: webhookType, endpoint: map[string]any{"url": address}, credentials: true}
		t.raw = emulator.Encode(t.endpoint)
		for _, i := range s.integrations {
			if i.ID == channel.IntegrationID && i.Channel == "chat" {
				t.integration = i.Identifier
				found = append(found, t)
			}
		}
	}
	return found
}

// resolve finds the tenant of a Teams endpoint. Where it can't, the whole job
// fails and Novu does not say why; the failure does.
func (s *Server) resolve(t *target, n *notification) (truth emulator.Failure, fails bool) {
	if !t.onTeams() {
		return emulator.Failure{}, false
	}
	fail := func(reason string) (emulator.Failure, bool) {
		return emulator.Failure{Origin: emulator.Origin{EndpointIdentifier: t.identifier}, Reason: reason}, true
	}
	switch connection, has := s.connections.get(t.connection); {
	case t.connection == "" && s.is319() && t.typ == msTeamsUser && t.value("tenantId") != "":
		t.tenantID = t.value("tenantId")
	case t.connection == "":
		return emulator.Failure{
			Reason: "novutest: endpoint " + t.identifier + " has no connectionIdentifier, which fails the whole step",
		}, true
	case !has || !equalKeys(connection.contextKeys, n.contextKeys):
		return emulator.Failure{}, true
	default:
		t.tenantID, _ = connection.workspace["id"].(string)
	}
	i := s.integrationByIdentifier(t.integration)
	switch {
	case i == nil:
		return fail("novutest: the integration " + t.integration + " is gone, which fails the whole step")
	case i.credential("clientId") == "" || i.credential("secretKey") == "":
		return fail("novutest: the integration " + t.integration + " has no credentials, which fails the whole step")
	}
	return emulator.Failure{}, false
}

// targetGroup are the targets of one integration. They share a message.
type targetGroup struct {
	integration string
	targets     []target
}

func grouped(targets []target) []targetGroup {
	var groups []targetGroup
next:
	for _, t := range targets {
		for i := range groups {
			if groups[i].integration == t.integration {
				groups[i].targets = append(groups[i].targets, t)
				continue next
			}
		}
		groups = append(groups, targetGroup{integration: t.integration, targets: []target{t}})
	}
	return groups
}
