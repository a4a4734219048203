package novu

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/emulator"
)

// teamsActivity is what Teams posts.
type teamsActivity struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Name       string `json:"name"`
	Timestamp  string `json:"timestamp"`
	ServiceURL string `json:"serviceUrl"`
	Text       string `json:"text"`
	ReplyToID  string `json:"replyToId"`
	From       struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Role string `json:"role"`
	} `json:"from"`
	Conversation struct {
		ID       string `json:"id"`
		TenantID string `json:"tenantId"`
	} `json:"conversation"`
	Entities         []activityEntity     `json:"entities"`
	Attachments      []activityAttachment `json:"attachments"`
	Value            json.RawMessage      `json:"value"`
	ReactionsAdded   []activityReaction   `json:"reactionsAdded"`
	ReactionsRemoved []activityReaction   `json:"reactionsRemoved"`

	raw json.RawMessage // as it came, without white space
}

type activityEntity struct {
	Type      string `json:"type"`
	Mentioned struct {
		ID string `json:"id"`
	} `json:"mentioned"`
}

type activityAttachment struct {
	ContentType string `json:"contentType"`
	ContentURL  string `json:"contentUrl"`
}

type activityReaction struct {
	Type string `json:"type"`
}

// parseActivity reads an activity. What is odd in it is left out.
func parseActivity(raw []byte) *teamsActivity {
	a := &teamsActivity{raw: compact(raw)}
	_ = json.Unmarshal(raw, a) // it was decoded before; a property of another type is skipped
	return a
}

const messageIDMark = ";messageid="

// threadID names the thread to agents. The service URL is part of it.
func (a *teamsActivity) threadID() string { return threadIDOf(a.Conversation.ID, a.ServiceURL) }

// channelID is the thread's id without the message that began it.
func (a *teamsActivity) channelID() string {
	conversation, _, _ := strings.Cut(a.Conversation.ID, messageIDMark)
	return threadIDOf(conversation, a.ServiceURL)
}

func threadIDOf(conversation, serviceURL string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return "teams:" + encode([]byte(conversation)) + ":" + encode([]byte(serviceURL))
}

// isDirect tells whether the conversation is a chat with one person.
func (a *teamsActivity) isDirect() bool { return !strings.HasPrefix(a.Conversation.ID, "19:") }

// means tells whether id is that of the app's bot.
func means(id, clientID string) bool { return id == clientID || strings.HasSuffix(id, ":"+clientID) }

func (a *teamsActivity) mentions(clientID string) bool {
	for _, e := range a.Entities {
		if e.Type == "mention" && e.Mentioned.ID != "" && means(e.Mentioned.ID, clientID) {
			return true
		}
	}
	return false
}

// fromBot tells whether a bot wrote.
func (a *teamsActivity) fromBot(clientID string) bool {
	return means(a.From.ID, clientID) || strings.HasPrefix(a.From.ID, "28:") || a.From.Role == "bot"
}

// hasFiles tells whether anything but the message's own text and cards is attached.
func (a *teamsActivity) hasFiles() bool {
	for _, attached := range a.Attachments {
		isText := attached.ContentType == "text/html" && attached.ContentURL == ""
		if !isText && attached.ContentType != "application/vnd.microsoft.card.adaptive" {
			return true
		}
	}
	return false
}

func (a *teamsActivity) sentAt(now time.Time) time.Time {
	if at, err := time.Parse(time.RFC3339, a.Timestamp); err == nil {
		return at
	}
	return now
}

// author is who wrote.
type author struct{ userID, name string }

func (a *teamsActivity) author() author {
	who := author{userID: a.From.ID, name: a.From.Name}
	if who.userID == "" {
		who.userID = "unknown"
	}
	if who.name == "" {
		who.name = "unknown"
	}
	return who
}

// click is a button that was pressed, or a choice that was made.
type click struct {
	id, sourceMessageID string
	value               *string
}

// autoSubmit is the id of the button that cards with choices and without a button get.
const autoSubmit = "__auto_submit"

// clicks are what the data of a button means: one action, or one for each choice.
func (a *teamsActivity) clicks(data json.RawMessage, withoutID string) []click {
	properties, _ := parseMembers(data)
	source := a.ReplyToID
	if source == "" {
		source = a.ID
	}
	pressed := click{id: withoutID, sourceMessageID: source}
	for _, p := range properties {
		switch p.name {
		case "actionId":
			if id := textOf(p.value); id != nil && *id != "" {
				pressed.id = *id
			}
		case "value":
			pressed.value = textOf(p.value)
		}
	}
	if pressed.id == "" {
		return nil
	}
	if pressed.id != autoSubmit {
		return []click{pressed}
	}
	var chosen []click
	for _, p := range properties {
		if p.name != "actionId" && p.name != "msteams" {
			chosen = append(chosen, click{id: p.name, sourceMessageID: source, value: textOf(p.value)})
		}
	}
	return chosen
}

// textOf is a JSON string, or nil.
func textOf(raw json.RawMessage) *string {
	var text *string
	if json.Unmarshal(raw, &text) != nil {
		return nil
	}
	return text
}

// pressed are the clicks of a message activity, of an Action.Execute or of a button that opens a dialog.
func (a *teamsActivity) pressed() []click {
	var value struct {
		Action struct {
			Data json.RawMessage `json:"data"`
		} `json:"action"`
		Data json.RawMessage `json:"data"`
	}
	_ = json.Unmarshal(a.Value, &value) // a value of another kind has no data
	switch {
	case a.Type == "message":
		return a.clicks(a.Value, "")
	case a.Type == "invoke" && a.Name == "adaptiveCard/action":
		return a.clicks(value.Action.Data, "")
	case a.Type == "invoke" && a.Name == "task/fetch":
		return a.clicks(value.Data, "dialog.open")
	}
	return nil
}

// reactionNames are the names that Teams gives to reactions that others call differently.
var reactionNames = map[string]string{"like": "thumbs_up"}

// reacted is a reaction that was added or removed.
type reacted struct {
	messageID, name string
	added           bool
}

// reactions are those of a messageReaction. In a channel they name the message that began the thread.
func (a *teamsActivity) reactions() []reacted {
	if a.Type != "messageReaction" {
		return nil
	}
	target := a.ReplyToID
	if _, root, inThread := strings.Cut(a.Conversation.ID, messageIDMark); inThread {
		target = root
	}
	var all []reacted
	for i, r := range append(append([]activityReaction{}, a.ReactionsAdded...), a.ReactionsRemoved...) {
		name := r.Type
		if known, has := reactionNames[name]; has {
			name = known
		}
		all = append(all, reacted{messageID: target, name: name, added: i < len(a.ReactionsAdded)})
	}
	return all
}

// answer is what the webhook answers where it took the activity.
func (a *teamsActivity) answer() *reply {
	if a.Type == "invoke" && a.Name == "adaptiveCard/action" {
		return emulator.JSON(200, struct {
			StatusCode int    `json:"statusCode"`
			Type       string `json:"type"`
			Value      string `json:"value"`
		}{StatusCode: 200, Type: "application/vnd.microsoft.activity.message"})
	}
	return emulator.HTML(200, "")
}
