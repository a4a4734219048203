package novutest

// microsoft adds Microsoft's routes: sign-in, the bot connector, Workflows.
// What is not there says so.
func (t *router) microsoft() {
	implemented := append(graphRoutes(), rosterRoutes()...)
	for _, r := range append(implemented, []*route{
		{method: "GET", pattern: "/_login/{tenant}/v2.0/adminconsent", handle: (*Server).adminConsentPage},
		{method: "GET", pattern: "/_login/{tenant}/oauth2/v2.0/authorize", handle: (*Server).signInPage},
		{method: "POST", pattern: "/_login/{tenant}/oauth2/v2.0/token", handle: (*Server).token},
		{method: "POST", pattern: "/_connector/{region}/v3/conversations", handle: (*Server).createConversation},
		{method: "POST", pattern: "/_connector/{region}/v3/conversations/{conversation}/activities", handle: (*Server).postActivity},
		{method: "POST", pattern: "/_workflows/{rest...}", handle: (*Server).postWebhook},
		{method: "*", pattern: "/_login/{rest...}", handle: microsoftMissing},
		{method: "*", pattern: "/_graph/{rest...}", handle: microsoftMissing},
		{method: "*", pattern: "/_connector/{rest...}", handle: microsoftMissing},
		{method: "*", pattern: "/_workflows/{rest...}", handle: microsoftMissing},
	}...) {
		r.side = microsoftSide
		t.routes = append(t.routes, r)
	}
}

func microsoftMissing(_ *Server, c *call) *reply {
	return microsoftError(501, "NotImplemented", "novutest does not implement "+c.method+" "+c.path)
}

func microsoftError(status int, code, message string) *reply {
	return jsonReply(status, map[string]any{"error": map[string]any{"code": code, "message": message}})
}
