package novutest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// expected is a call that Novu made when the chain was recorded.
type expected struct {
	agentExchange
	came bool
	hang bool // not answered in time
}

// stubs are the bridge, Teams' connector and a server of files. They answer as the recorded ones
// did.
type stubs struct {
	bridge *httptest.Server
	swap   func(string) string // recorded text to what it is here

	mu        sync.Mutex
	chain     string
	calls     []*expected
	came      []arrival
	surprises []string
	delivered []obj    // to the bridge, of any chain
	made      int      // ids of messages that no recording has
	ids       []string // of messages of which only Novu's answer was recorded
	held      map[chan struct{}]bool
	holding   bool
	hangs     atomic.Int32 // calls that are not answered
	closed    chan struct{}
}

// arrival is a call that came and was expected.
type arrival struct {
	call *expected
	body []byte
}

func newStubs() *stubs {
	s := &stubs{held: map[chan struct{}]bool{}, closed: make(chan struct{})}
	s.bridge = httptest.NewServer(http.HandlerFunc(s.serveBridge))
	return s
}

func (s *stubs) close() {
	close(s.closed)
	s.bridge.CloseClientConnections()
	s.bridge.Close()
}

func (s *stubs) address() string { return strings.TrimPrefix(s.bridge.URL, "http://") }

// expect begins a chain.
func (s *stubs) expect(chain *agentChain, holding bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chain, s.calls, s.came, s.surprises, s.holding = chain.name, nil, nil, nil, holding
	for _, x := range chain.some(toBridge, toTeams, toFile) {
		s.calls = append(s.calls, &expected{agentExchange: x})
	}
	s.ids = unseen(chain)
	for _, call := range s.calls {
		call.hang = timedOut(call.agentExchange, s.calls)
	}
}

// unseen are the ids of messages that a reply was answered with, and that no call to Teams was.
func unseen(chain *agentChain) []string {
	var ids []string
	for _, x := range chain.some(fromClient) {
		answer, _ := decoded(x.Response.Body).(obj)
		data, _ := answer["data"].(obj)
		id, _ := data["messageId"].(string)
		seen := id == "" || x.body()["edit"] != nil || x.Response.Headers["idempotency-replay"] != ""
		for _, call := range chain.some(toTeams) {
			seen = seen || strings.Contains(string(call.Response.Body), id)
		}
		if !seen {
			ids = append(ids, id)
		}
	}
	return ids
}

// timedOut tells whether a bridge that answered 200 did so too late: Novu tried three times.
func timedOut(x agentExchange, all []*expected) bool {
	attempts := 0
	for _, other := range all {
		if other.Direction == toBridge && other.Response.Status/100 == 2 && other.body()["deliveryId"] != nil &&
			other.body()["deliveryId"] == x.body()["deliveryId"] && other.Request.Path == x.Request.Path {
			attempts++
		}
	}
	return x.Direction == toBridge && attempts == 3
}

// match is the expected call that a call is, or nil.
func (s *stubs) match(direction, method, path string, query url.Values, body []byte) *expected {
	own, _ := decoded(body).(obj)
	var found *expected
	most := -1
	for _, call := range s.calls {
		recorded, err := url.Parse(strings.TrimPrefix(call.Request.Path, "/teams"))
		if call.came || call.Direction != direction || call.Request.Method != method || err != nil || s.swap(recorded.Path) != path {
			continue
		}
		if direction == toBridge && recorded.Query().Get("event") != query.Get("event") {
			continue
		}
		want := call.body()
		if direction == toTeams && want != nil && want["type"] != own["type"] {
			continue
		}
		same := 0
		for _, key := range []string{"message", "action", "reaction"} {
			if likely(want[key]) == likely(own[key]) {
				same++
			}
		}
		if same > most {
			found, most = call, same
		}
	}
	return found
}

// likely is what tells events apart.
func likely(v any) string {
	part, _ := v.(obj)
	return fmt.Sprint(part["platformMessageId"], part["id"], part["value"], part["messageId"])
}

// take notes a call. It returns the expected one, or nil.
func (s *stubs) take(direction string, r *http.Request, path string) (call *expected, hold chan struct{}) {
	body, _ := io.ReadAll(r.Body) // what came of it
	s.mu.Lock()
	defer s.mu.Unlock()
	if event, isEvent := decoded(body).(obj); direction == toBridge && isEvent {
		s.delivered = append(s.delivered, event)
	}
	call = s.match(direction, r.Method, path, r.URL.Query(), body)
	if call == nil && (direction == toFile || direction == toTeams && len(s.ids) > 0 && r.Method == http.MethodPost) {
		return nil, nil // nothing was recorded of a file that is not there, nor of these messages
	}
	if call == nil {
		s.surprises = append(s.surprises, fmt.Sprintf("%s %s %s %.200s", direction, r.Method, r.URL, body))
		return nil, nil
	}
	call.came = true
	s.came = append(s.came, arrival{call: call, body: body})
	if s.holding && direction == toTeams {
		hold = make(chan struct{})
		s.held[hold] = true
	}
	return call, hold
}

// release lets every call go on that is held.
func (s *stubs) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for hold := range s.held {
		close(hold)
		delete(s.held, hold)
	}
}

func (s *stubs) hanging() bool { return s.hangs.Load() > 0 }

// holds is how many calls are held.
func (s *stubs) holds() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.held)
}

func (s *stubs) serveBridge(w http.ResponseWriter, r *http.Request) {
	direction := toBridge
	if strings.HasPrefix(r.Host, "public.test") {
		direction = toFile
	}
	call, _ := s.take(direction, r, r.URL.Path)
	switch {
	case call == nil && direction == toFile:
		http.NotFound(w, r)
	case call == nil:
		w.WriteHeader(http.StatusOK)
	case call.hang:
		s.hangs.Add(1)
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
		s.hangs.Add(-1)
	default:
		s.answer(w, call)
	}
}

// ServeHTTP is the connector.
func (s *stubs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call, hold := s.take(toTeams, r, strings.TrimPrefix(r.URL.Path, "/_connector/teams"))
	if call == nil {
		s.mu.Lock()
		s.made++
		id := fmt.Sprint("made-", s.made)
		if len(s.ids) > 0 {
			id, s.ids = s.ids[0], s.ids[1:]
		}
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"id": %q}`, id)
		return
	}
	if hold != nil {
		select {
		case <-hold:
		case <-s.closed:
		}
	}
	s.answer(w, call)
}

var byteCount = strings.NewReplacer(" bytes", "")

// answer is the recorded one. Status 0 is a broken connection.
func (s *stubs) answer(w http.ResponseWriter, call *expected) {
	if call.Response.Status == 0 {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}
		return
	}
	body := []byte(call.Response.Body)
	w.Header().Set("Content-Type", "application/json")
	var text string
	if json.Unmarshal(body, &text) == nil {
		body = []byte(text)
		w.Header().Set("Content-Type", "text/plain")
		if n, err := strconv.Atoi(byteCount.Replace(text)); err == nil && call.Direction == toFile {
			body = bytes.Repeat([]byte("x"), n)
		}
	} else if buffer := new(bytes.Buffer); json.Compact(buffer, body) == nil {
		body = buffer.Bytes()
	}
	for name, value := range call.Response.Headers {
		w.Header().Set(name, s.swap(value))
	}
	w.Header().Del("Content-Length")
	w.WriteHeader(call.Response.Status)
	if string(body) != "null" {
		_, _ = w.Write(body)
	}
}
