package novu

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

const burstShare = 0.1 // a bucket holds a tenth more than its limit

// bucket is a token bucket: limit tokens come back in each window, up to burst.
type bucket struct {
	tokens float64
	at     time.Time
}

// completeLimits fills in the figures that were seen on this version.
func (s *Server) completeLimits(given *RateLimit) *RateLimit {
	if given == nil {
		return nil
	}
	seen := RateLimit{Global: 30, Trigger: 60, Configuration: 15}
	if s.is319() {
		seen = RateLimit{Global: 150, Trigger: 300, Configuration: 100}
	}
	limits := *given
	limits.Global = cmp.Or(limits.Global, seen.Global)
	limits.Trigger = cmp.Or(limits.Trigger, seen.Trigger)
	limits.Configuration = cmp.Or(limits.Configuration, seen.Configuration)
	return &limits
}

// throttle takes the request's tokens. It answers the headers that say what is
// left, and the refusal where there was not enough. A bulk costs a hundred,
// more than a bucket of the free service holds: the first goes through on a
// full bucket and leaves a debt.
func (s *Server) throttle(c *call, r *route) (http.Header, *reply) {
	if s.config.RateLimit == nil {
		return nil, nil
	}
	limit := map[string]int{global: s.config.RateLimit.Global, trigger: s.config.RateLimit.Trigger, configuration: s.config.RateLimit.Configuration}[r.limit]
	burst := math.Floor(float64(limit) * (1 + burstShare))
	window := s.config.RateLimit.Window
	perSecond := float64(limit) / window.Seconds()
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.buckets[r.limit]
	if b == nil {
		b = &bucket{tokens: burst, at: c.Now}
		s.buckets[r.limit] = b
	}
	b.tokens = min(burst, b.tokens+c.Now.Sub(b.at).Seconds()*perSecond)
	b.at = c.Now
	need := min(float64(r.cost), burst)
	allowed := b.tokens >= need
	if allowed {
		b.tokens -= float64(r.cost)
	}
	reset := 0
	if b.tokens < need {
		reset = int(math.Ceil((need - b.tokens) / perSecond))
	}
	cost := "single"
	if r.cost > 1 {
		cost = "bulk"
	}
	h := http.Header{}
	set := func(name, value string) { h[name] = []string{value} }
	set("Ratelimit-Limit", strconv.Itoa(limit))
	set("Ratelimit-Remaining", strconv.Itoa(max(0, int(b.tokens))))
	set("Ratelimit-Reset", strconv.Itoa(reset))
	set(
		"Ratelimit-Policy",
		fmt.Sprintf(`%d;w=%d;burst=%d;comment="token bucket";category="%s";cost="%s";serviceLevel="free"`,
			limit, int(window.Seconds()), int(burst), r.limit, cost),
	)
	if allowed {
		return h, nil
	}
	return h, c.bare(http.StatusTooManyRequests, "API rate limit exceeded").With("Retry-After", strconv.Itoa(reset))
}
