package agent

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
)

// Content is what a message says: [Markdown] or a [Card].
type Content interface {
	content(c *check.Checks) novu.AgentContent
}

// Markdown is a text. Novu drops the marks of headings, and makes "@Name" a mention that notifies nobody.
// Without a paid plan, Novu makes the text a card, which shows neither headings nor tables nor code.
type Markdown string

func (m Markdown) content(c *check.Checks) novu.AgentContent {
	if strings.TrimSpace(string(m)) == "" {
		c.Add("Markdown", "must not be empty")
	}
	return novu.AgentContent{Markdown: string(m)}
}

func (card Card) content(c *check.Checks) novu.AgentContent {
	card.validate(c)
	data, err := json.Marshal(card)
	if err != nil && c.Fields == nil {
		c.Add("Card", err.Error())
	}
	return novu.AgentContent{Card: data}
}

// Silence is what [Bot].OnError returns so that the person is told nothing. It is no message.
var Silence Content = silence{}

type silence struct{}

func (silence) content(c *check.Checks) novu.AgentContent {
	c.Add("content", "must not be Silence, which only OnError can return")
	return novu.AgentContent{}
}

// File is a file beside a message. To send, it has either Data or URL.
type File struct {
	Name     string
	MIMEType string // empty: guessed by Novu or Teams
	Data     []byte // at most 5 MB; the whole request at most 8 MB
	URL      string // public; Novu fetches it within 10 s; at most 25 MB, 50 MB together
}

// ReplyOption adds to a reply.
type ReplyOption func(*novu.AgentContent, *check.Checks)

const (
	maxFiles    = 15
	maxFileSize = 5 << 20
)

// WithFiles sends files beside a message, at most 15. Novu repeats the data of inline files in the
// history of every later delivery of the conversation: prefer URL for anything large.
func WithFiles(files ...File) ReplyOption {
	return func(content *novu.AgentContent, c *check.Checks) {
		for i, f := range files {
			field := fmt.Sprintf("Files[%d]", i)
			if f.Name == "" {
				c.Add(field+".Name", "must not be empty")
			}
			if (len(f.Data) == 0) == (f.URL == "") {
				c.Add(field, "must have either Data or URL")
			}
			if len(f.Data) > maxFileSize {
				c.Add(field+".Data", fmt.Sprintf("is %d bytes long, Novu takes %d: send it by URL", len(f.Data), maxFileSize))
			}
			if f.URL != "" && !isWebAddress(f.URL) {
				c.Add(field+".URL", "must be an absolute URL with http or https")
			}
			content.Files = append(content.Files, novu.AgentFile{Filename: f.Name, MIMEType: f.MIMEType, Data: f.Data, URL: f.URL})
		}
		if len(content.Files) > maxFiles {
			c.Add("Files", fmt.Sprintf("are %d, Novu takes %d", len(content.Files), maxFiles))
		}
	}
}

func isWebAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// render returns the content of a message, or ErrInvalidParams.
func render(op string, content Content, opts []ReplyOption) (novu.AgentContent, error) {
	c := check.Checks{Op: op}
	if content == nil {
		c.Add("content", "must not be nil")
		return novu.AgentContent{}, invalidParams(&c)
	}
	rendered := content.content(&c)
	for _, opt := range opts {
		if opt != nil {
			opt(&rendered, &c)
		}
	}
	return rendered, invalidParams(&c)
}
