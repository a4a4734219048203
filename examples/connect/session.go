package main

import (
	"crypto/rand"
	"net/http"
	"sync"
	"time"
)

// session is one browser that is signed in. Yours exists already; what this
// example adds to it is what the browser is waiting for.
type session struct {
	*customer
	expires time.Time

	mu      sync.Mutex
	consent wait // for an administrator
	signIn  wait // for a person
	tests   map[string]test
	notice  *notice
}

// wait is for somebody who was sent to Microsoft in another tab.
type wait struct {
	until  time.Time
	before int // people who were linked when it began
}

// test is a notification that was sent from this session.
type test struct {
	at           time.Time
	text         string
	transactions []string
}

// notice is said once, on the next page.
type notice struct {
	Text string
	Bad  bool
}

func (s *session) say(text string)      { s.set(&notice{Text: text}) }
func (s *session) complain(text string) { s.set(&notice{Text: text, Bad: true}) }

func (s *session) set(n *notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notice = n
}

func (s *session) takeNotice() *notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.notice
	s.notice = nil
	return n
}

const (
	sessionCookie = "connect_session"
	sessionAge    = 8 * time.Hour
)

// sessions are kept in memory: whoever restarts the program signs in again.
type sessions struct {
	mu      sync.Mutex
	byToken map[string]*session
}

// start signs a browser in, under a new token.
func (a *app) start(w http.ResponseWriter, c *customer) {
	token := rand.Text()
	a.sessions.mu.Lock()
	now := a.now()
	for old, s := range a.sessions.byToken {
		if now.After(s.expires) {
			delete(a.sessions.byToken, old)
		}
	}
	a.sessions.byToken[token] = &session{customer: c, expires: now.Add(sessionAge), tests: map[string]test{}}
	a.sessions.mu.Unlock()
	http.SetCookie(w, cookie(token, int(sessionAge.Seconds())))
}

// end makes the browser's token worthless, whoever kept it.
func (a *app) end(r *http.Request) {
	if sent, err := r.Cookie(sessionCookie); err == nil {
		a.sessions.mu.Lock()
		defer a.sessions.mu.Unlock()
		delete(a.sessions.byToken, sent.Value)
	}
}

// current is the session of the browser that asks, nil if it has none.
func (a *app) current(r *http.Request) *session {
	sent, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	a.sessions.mu.Lock()
	defer a.sessions.mu.Unlock()
	s := a.sessions.byToken[sent.Value]
	if s == nil || a.now().After(s.expires) {
		return nil
	}
	return s
}

// cookie is not for scripts and does not travel with other sites' requests.
// Served over https it would be Secure, and called __Host-session.
func cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: sessionCookie, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}
