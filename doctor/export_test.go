package doctor

import "strings"

// Coloured is what a terminal shows.
func Coloured(r *Report) string {
	var b strings.Builder
	(&printer{w: &b, colour: true}).report(r)
	return b.String()
}

// WantsColour decides about colour.
var WantsColour = wantsColour

// Judge judges a chat step's content for a Workflows webhook.
func Judge(body string, payload map[string]any) Finding {
	return (&endpoint{x: &examination{question: Question{Payload: payload}}}).shows(body)
}
