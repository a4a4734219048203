package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/internal/check"
)

// Handler is the bridge that Novu delivers messages to: an [http.Handler] for one address, for any
// number of agents of one environment. Make it with [NewHandler].
type Handler struct {
	config
	client *novu.Client
	bots   map[string]*Bot
	names  []string // of the bots, sorted

	scheduler *scheduler
	stopping  context.Context // ends when Shutdown gives up waiting
	stop      context.CancelFunc
	warnReply sync.Once
}

// NewHandler returns a handler for bots. It verifies every request with the client's keys, those of
// [novu.WithPreviousSecretKeys] included, and replies only to the client's own API root. The error is
// ErrInvalidParams if there is no bot, if two have the same identifier, if one lacks OnMessage, or if an
// option can't be right.
func NewHandler(client *novu.Client, bots []Bot, opts ...Option) (*Handler, error) {
	c := check.Checks{Op: "create handler"}
	if client == nil {
		c.Add("client", "must not be nil")
	}
	if len(bots) == 0 {
		c.Add("bots", "must not be empty")
	}
	h := &Handler{config: configure(&c, opts), client: client, bots: map[string]*Bot{}}
	for i, bot := range bots {
		field := fmt.Sprintf("bots[%d]", i)
		required(&c, field+".Identifier", bot.Identifier)
		if bot.OnMessage == nil {
			c.Add(field+".OnMessage", "must not be nil")
		}
		if h.bots[bot.Identifier] != nil {
			c.Add(field+".Identifier", fmt.Sprintf("%q is another bot's too", bot.Identifier))
		}
		h.bots[bot.Identifier] = &bot
		h.names = append(h.names, bot.Identifier)
	}
	if err := invalidParams(&c); err != nil {
		return nil, err
	}
	slices.Sort(h.names)
	if h.first == nil {
		h.first = new(seen).first
	}
	h.scheduler = newScheduler(h.concurrency, h.queueSize)
	h.stopping, h.stop = context.WithCancel(context.Background())
	return h, nil
}

// Shutdown refuses new deliveries, so that Novu tries another instance, and waits for the turns that
// were acknowledged. If ctx ends first, it cancels the turns that run, drops those that wait, and returns
// the context's error. Novu does not deliver the dropped ones again. Shut the http.Server down first.
func (h *Handler) Shutdown(ctx context.Context) error {
	err := h.scheduler.close(ctx)
	if err != nil {
		h.stop()
		return &Error{Op: "shut down", Message: "not all turns have ended", cause: err}
	}
	return nil
}

// Wait is for tests: it waits until no turn of the conversation runs or is queued. Turns that
// [Handler.Process] runs do not count. It returns the context's error if ctx ends first.
func (h *Handler) Wait(ctx context.Context, conversationID string) error {
	if err := h.scheduler.wait(ctx, conversationID); err != nil {
		return &Error{Op: "wait for turns", cause: err}
	}
	return nil
}

// String returns the bots' identifiers.
func (h *Handler) String() string { return "agent.Handler(" + strings.Join(h.names, ", ") + ")" }

// Format prints what String returns, whatever the verb.
func (h *Handler) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, h.String()) }

// ServeHTTP answers Novu: a delivery, the health check, and the question which agents are here.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	action := query.Get("action")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		switch action {
		case "", "health-check":
			h.health(w)
		case "discover":
			h.discover(w, r)
		default:
			invalidAction(w, action, "discover, health-check")
		}
	case http.MethodPost:
		if action != "agent-event" {
			invalidAction(w, action, "agent-event")
			return
		}
		h.receive(w, r, query)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		refuse(w, http.StatusMethodNotAllowed, "MethodNotAllowedError", "use GET or POST")
	}
}

// frameworkVersion is the version of Novu's protocol for bridges.
const frameworkVersion = "2024-06-26"

func (h *Handler) health(w http.ResponseWriter) {
	write(w, http.StatusOK, map[string]any{
		"status": "ok", "sdkVersion": novu.Version, "frameworkVersion": frameworkVersion,
		"discovered": map[string]int{"workflows": 0, "steps": 0},
	})
}

// discover lists the agents. A request without a body is signed over "{}".
func (h *Handler) discover(w http.ResponseWriter, r *http.Request) {
	if err := h.client.VerifySignature(r.Header, []byte("{}")); err != nil {
		h.unsigned(w, err)
		return
	}
	agents := make([]map[string]string, len(h.names))
	for i, name := range h.names {
		agents[i] = map[string]string{"agentId": name}
	}
	write(w, http.StatusOK, map[string]any{"workflows": []any{}, "agents": agents})
}

// receive verifies a delivery and hands it on.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request, query url.Values) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		refuse(w, http.StatusUnsupportedMediaType, "UnsupportedEncodingError", "the body must not be compressed")
		return
	}
	if kind := r.Header.Get("Content-Type"); kind != "" && !strings.HasPrefix(strings.ToLower(kind), "application/json") {
		refuse(w, http.StatusUnsupportedMediaType, "UnsupportedTypeError", "the body must be application/json")
		return
	}
	if err := h.client.VerifySignature(r.Header, nil); hopeless(err) {
		h.unsigned(w, err) // before a body of 64 MB is read
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.maxBody))
	if err != nil {
		h.unread(w, err)
		return
	}
	if err := h.client.VerifySignature(r.Header, body); err != nil {
		h.unsigned(w, err)
		return
	}
	bot := h.bots[query.Get("agentId")]
	if bot == nil {
		write(w, http.StatusNotFound, map[string]string{"error": fmt.Sprintf("Agent '%s' not registered", query.Get("agentId"))})
		return
	}
	d, err := newDelivery(bot.Identifier, Event(query.Get("event")), body)
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidBodyError", err.Error())
		return
	}
	h.noteReplyURL(d)
	if !bot.handles(d.Event) {
		h.log(d).Debug("agent: no function for this event")
		acknowledge(w)
		return
	}
	h.accept(w, r, bot, d)
}

// hopeless reports whether a signature is wrong whatever the body is.
func hopeless(err error) bool {
	var e *novu.SignatureError
	return errors.As(err, &e) && (e.Code == "SignatureNotFoundError" || e.Code == "SignatureInvalidError")
}

func (h *Handler) unsigned(w http.ResponseWriter, err error) {
	var e *novu.SignatureError
	if !errors.As(err, &e) {
		e = &novu.SignatureError{Code: "SignatureInvalidError"}
	}
	if e.Skew != 0 {
		h.logger.Error("agent: a request has the right signature and the wrong time: check this machine's clock", "skew", e.Skew)
	} else {
		h.logger.Debug("agent: refused a request", "code", e.Code)
	}
	refuse(w, http.StatusUnauthorized, e.Code, e.Error())
}

func (h *Handler) unread(w http.ResponseWriter, err error) {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		h.logger.Error("agent: a delivery is too large; see WithMaxBodySize", "limit", tooLarge.Limit)
		refuse(w, http.StatusRequestEntityTooLarge, "BodyTooLargeError", fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit))
		return
	}
	refuse(w, http.StatusBadRequest, "InvalidBodyError", "the body broke off")
}

// noteReplyURL logs once that Novu asks for replies elsewhere. They go to the client's own API root,
// whatever a request says: they carry the secret key.
func (h *Handler) noteReplyURL(d *Delivery) {
	asked, err := url.Parse(parseObject(d.Body).text("replyUrl"))
	own, ownErr := url.Parse(h.client.BaseURL())
	if err != nil || ownErr != nil || asked.Host == "" || asked.Scheme == own.Scheme && asked.Host == own.Host {
		return
	}
	h.warnReply.Do(func() {
		h.log(d).Warn("agent: Novu asks for replies at another origin; they go to the client's base URL all the same",
			"asked", asked.Scheme+"://"+asked.Host, "used", own.Scheme+"://"+own.Host)
	})
}

func (h *Handler) log(d *Delivery) *slog.Logger {
	return h.logger.With("agent", d.AgentIdentifier, "event", d.Event, "conversation", d.ConversationID, "delivery", d.ID)
}

func acknowledge(w http.ResponseWriter) { write(w, http.StatusOK, map[string]string{"status": "ack"}) }

func invalidAction(w http.ResponseWriter, action, known string) {
	refuse(w, http.StatusBadRequest, "InvalidActionError", fmt.Sprintf("action %.100q is none of: %s", action, known))
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	write(w, status, map[string]string{"message": message, "code": code})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // nobody is there any more to hear of a failure
}
