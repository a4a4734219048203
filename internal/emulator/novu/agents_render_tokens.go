package novu

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"regexp"
	"sync"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

const (
	actionPrefix      = "at:"
	actionLifetime    = 72 * time.Hour
	actionLengthLimit = 64 // of what stands for a button on the narrowest of Novu's platforms
)

var actionToken = regexp.MustCompile(`^at:[A-Za-z0-9_-]{22}$`)

// actionTokens are the buttons whose ids are too long to be sent.
type actionTokens struct {
	mu   sync.Mutex
	kept map[string]keptAction
}

type keptAction struct {
	agent   string // identifier
	id      string
	value   *string
	expires time.Time
}

// tokenize replaces long ids of buttons, together with their values, by tokens.
func (s *Server) tokenize(card map[string]any, agent string) map[string]any {
	return s.tokenizeIn(card, agent, false)
}

func (s *Server) tokenizeIn(element map[string]any, agent string, inActions bool) map[string]any {
	kind, _ := element["type"].(string)
	if inActions && kind == "button" {
		return s.tokenizeButton(element, agent)
	}
	children, isList := element["children"].([]any)
	if !isList || kind != "card" && kind != "section" && kind != "actions" {
		return element
	}
	replaced := make([]any, len(children))
	for i, child := range children {
		replaced[i] = child
		if object, isObject := child.(map[string]any); isObject {
			replaced[i] = s.tokenizeIn(object, agent, kind == "actions")
		}
	}
	changed := maps.Clone(element)
	changed["children"] = replaced
	return changed
}

func (s *Server) tokenizeButton(button map[string]any, agent string) map[string]any {
	id, _ := button["id"].(string)
	if id == "" || len("chat:")+len(emulator.Encode(map[string]string{"a": id})) <= actionLengthLimit {
		return button
	}
	kept := keptAction{agent: agent, id: id, expires: s.host.Clock.Now().Add(actionLifetime)}
	if value, isText := button["value"].(string); isText {
		kept.value = &value
	}
	random := make([]byte, 16)
	_, _ = rand.Read(random) // never fails
	token := actionPrefix + base64.RawURLEncoding.EncodeToString(random)
	s.actionTokens.mu.Lock()
	if s.actionTokens.kept == nil {
		s.actionTokens.kept = map[string]keptAction{}
	}
	s.actionTokens.kept[token] = kept
	s.actionTokens.mu.Unlock()
	changed := maps.Clone(button)
	changed["id"] = token
	delete(changed, "value")
	return changed
}

// redeemAction puts a button's own id and value in place of a token. A token that nobody knows,
// that is too old, or that another agent's button had belongs to no button.
func (s *Server) redeemAction(pressed click, agent string) (redeemed click, known bool) {
	if !actionToken.MatchString(pressed.id) {
		return pressed, true
	}
	s.actionTokens.mu.Lock()
	defer s.actionTokens.mu.Unlock()
	kept, has := s.actionTokens.kept[pressed.id]
	if !has || kept.agent != agent || s.host.Clock.Now().After(kept.expires) {
		return pressed, false
	}
	pressed.id, pressed.value = kept.id, kept.value
	return pressed, true
}
