package chat

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/novu-go/novu/internal/emulator/novu"
)

// Explain says in plain English what became of a delivery and, where it did not arrive, what to do.
func Explain(d novu.AgentDelivery) string {
	switch d.Outcome {
	case novu.OutcomeInProgress:
		if len(d.Attempts) == 0 {
			return "It is on its way to the bridge."
		}
		return "The bridge has not taken it yet: " + attemptProblem(d) + ". Novu tries three times within 1.5 seconds."
	case novu.OutcomeAcknowledged:
		return "The bridge took it."
	case novu.OutcomeOffline:
		return fmt.Sprintf("The bridge did not take it: %s. %s Novu tried %s, and told the person that the agent is offline.",
			attemptProblem(d), bridgeRemedy(d), times(len(d.Attempts)))
	case novu.OutcomeNoBridge:
		return "The agent has no bridge, so nobody was asked. Give the agent a bridge URL."
	case novu.OutcomeRestricted:
		return "The agent is restricted, and Novu does not know who writes: " + d.Reason +
			". Make such an endpoint for the person, or make the agent open."
	case novu.OutcomeDropped:
		return "Novu was handing over another message of this conversation, and drops what comes meanwhile. Write it again."
	case novu.OutcomeDuplicate:
		return "Novu has seen this message before, and drops it when it comes again."
	case novu.OutcomeNotHeard:
		return "Novu does not pass this on: " + d.Reason + "."
	case novu.OutcomeRefused:
		return "Novu refused what Teams posted: " + d.Reason + "."
	}
	return d.Reason
}

// attemptProblem is what went wrong with the last attempt.
func attemptProblem(d novu.AgentDelivery) string {
	if len(d.Attempts) == 0 {
		return d.Reason
	}
	last := d.Attempts[len(d.Attempts)-1]
	if last.Error == "" {
		return fmt.Sprintf("the bridge answered %d", last.Status)
	}
	return last.Error
}

// bridgeRemedy is what to do about a bridge that does not take deliveries.
func bridgeRemedy(d novu.AgentDelivery) string {
	status := 0
	if len(d.Attempts) > 0 {
		status = d.Attempts[len(d.Attempts)-1].Status
	}
	switch {
	case status == 0:
		return "Is it running at " + d.Bridge + "?"
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return "It refuses the signature: give it the secret key of this server."
	case status == http.StatusNotFound:
		return "Either the address " + d.Bridge + " is wrong, or the bridge has no agent named " + d.AgentIdentifier + "."
	case status == http.StatusRequestEntityTooLarge:
		return "The delivery is too large for it: files of earlier replies come back in the history."
	case status/100 == 3:
		return "It redirects; only 307 and 308 within its origin reach it."
	}
	return "Its own log says why."
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// ExplainReply says in plain English what became of a reply.
func ExplainReply(r novu.AgentReply) string {
	said := strings.TrimSuffix(r.Message, ".")
	switch {
	case r.Status == 0:
		return "The connection broke before the bridge was answered. The reply may have been posted."
	case r.Status < http.StatusBadRequest && r.MessageID != "":
		return "Posted to Teams."
	case r.Status < http.StatusBadRequest:
		return "Novu took it. It shows nothing in Teams."
	case r.Status == http.StatusUnauthorized:
		return "Novu refused the bridge's key: " + said + ". Give the bridge the secret key of this server."
	case r.Status == http.StatusForbidden, r.Status == http.StatusNotFound:
		return "The reply is for a conversation or an agent that it does not belong to: " + said + "."
	case r.Status == http.StatusBadGateway:
		return "Novu passed the reply on, and Teams did not take it: " + said + ". Novu does not try again."
	case r.Status == http.StatusRequestEntityTooLarge:
		return "The reply is larger than the 8 MB that Novu takes."
	case r.Status >= http.StatusInternalServerError:
		return "Novu failed: " + said + ". The reply may have been posted."
	}
	return "Novu refused the reply: " + said + "."
}
