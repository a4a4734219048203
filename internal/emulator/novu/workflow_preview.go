package novu

import "github.com/novu-go/novu/internal/emulator"

// previewStep renders a step with an example's values.
func (s *Server) previewStep(c *call) *reply {
	if refused := c.invalid(optional("controlValues", isObject), optional("previewPayload", isObject)); refused != nil {
		return refused
	}
	w, st, refused := s.stepOf(c)
	if refused != nil {
		return refused
	}
	if controls, given := c.Object()["controlValues"].(map[string]any); given {
		st.controls = controls
	}
	example, _ := c.Object()["previewPayload"].(map[string]any)
	payload, given := example["payload"].(map[string]any)
	if !given {
		payload = w.payloadExample()
	}
	scope := newScope()
	scope.set("payload", emulator.Encode(payload))
	for _, name := range []string{"subscriber", "context"} {
		object, _ := example[name].(map[string]any)
		scope.set(name, emulator.Encode(nonNilObject(object)))
	}
	preview := map[string]any{}
	if body, err := s.render(st.body(), scope); err == nil {
		preview["body"] = body
	}
	return ok(map[string]any{
		"result": map[string]any{"type": st.typ, "preview": preview}, "previewPayloadExample": map[string]any{"payload": payload},
		"schema": w.schema(), "novuSignature": "",
	})
}
