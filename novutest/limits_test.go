package novutest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/novu-go/novu/novutest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIdempotency(t *testing.T) {
	a := start(t, furnished())
	body := channelEndpoint("e", "19:c@thread.tacv2")
	first := a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k")
	require.Equal(t, http.StatusCreated, first.status)
	assert.Empty(t, first.header.Get("Idempotency-Replay"))

	again := a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k")
	assert.Equal(t, first.text, again.text)
	assert.Equal(t, "true", again.header.Get("Idempotency-Replay"))
	elsewhere := a.do(http.MethodPost, "/v1/events/trigger", body, "Idempotency-Key", "k")
	assert.Equal(t, first.text, elsewhere.text, "a key is not bound to its route")
	reordered := `{"subscriberId":"ada","identifier":"e"}`
	assert.Equal(
		t,
		http.StatusUnprocessableEntity,
		a.do(http.MethodPost, "/v1/channel-endpoints", reordered, "Idempotency-Key", "k").status,
	)
	assert.Equal(
		t,
		http.StatusBadRequest,
		a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", strings.Repeat("k", 256)).status,
	)

	conflict := a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k2")
	assert.Equal(t, http.StatusConflict, conflict.status)
	a.do(http.MethodDelete, "/v1/channel-endpoints/e", nil)
	replayed := a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k2")
	assert.Equal(t, http.StatusServiceUnavailable, replayed.status, "an error is kept, and replayed as 503")
	assert.Equal(t, "true", replayed.header.Get("Idempotency-Replay"))
	a.server.Advance(24 * time.Hour)
	assert.Equal(
		t,
		http.StatusCreated,
		a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k2").status,
	)
}

func TestInProgressWhileTheFirstIsCarriedOut(t *testing.T) {
	a := start(t, furnished())
	a.server.Inject(novutest.Fault{Route: "/v1/channel-endpoints", Delay: time.Hour})
	answers := make(chan answer, 2)
	for range 2 { // one holds the key until the server closes, the other is told so
		go func() {
			if got, err := a.try(http.MethodPost, "/v1/channel-endpoints", channelEndpoint("e", "19:c@thread.tacv2"), "Idempotency-Key", "k"); err == nil {
				answers <- got
			}
		}()
	}
	got := <-answers
	assert.Equal(t, http.StatusConflict, got.status)
	assert.Equal(t, "1", got.header.Get("Retry-After"))
	assert.Equal(t, `Request with key "k" is currently being processed. Please retry after 1 second`, got.message())
}

func TestIdempotencyOff(t *testing.T) {
	a := start(t, furnished(), novutest.WithIdempotency(false))
	body := channelEndpoint("e", "19:c@thread.tacv2")
	first := a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k")
	assert.Equal(t, http.StatusCreated, first.status)
	assert.Empty(t, first.header.Get("Idempotency-Key"))
	assert.Equal(
		t,
		http.StatusConflict,
		a.do(http.MethodPost, "/v1/channel-endpoints", body, "Idempotency-Key", "k").status,
	)
}

func TestRateLimit(t *testing.T) {
	newer := start(t, novutest.WithRateLimit(novutest.RateLimit{}))
	for path, want := range map[string]string{"/v1/channel-endpoints": "100", "/v1/integrations": "150"} {
		assert.Equal(t, want, newer.do(http.MethodGet, path, nil).header.Get("RateLimit-Limit"))
	}
	a := start(t, furnished(), novutest.WithVersion(novutest.Version315), novutest.WithRateLimit(novutest.RateLimit{}))
	got := a.do(http.MethodGet, "/v1/channel-endpoints", nil)
	assert.Equal(t, "15", got.header.Get("RateLimit-Limit"))
	assert.Equal(t, "15", got.header.Get("RateLimit-Remaining"))
	assert.Equal(t, "0", got.header.Get("RateLimit-Reset"))
	assert.Equal(
		t,
		`15;w=5;burst=16;comment="token bucket";category="configuration";cost="single";serviceLevel="free"`,
		got.header.Get("RateLimit-Policy"),
	)
	var statuses []int
	for range 40 { // more than come back while they are sent
		statuses = append(
			statuses,
			a.do(http.MethodGet, "/v2/subscribers", nil).status,
			a.do(http.MethodGet, "/v1/channel-connections", nil).status,
		)
	}
	require.True(
		t,
		slices.Contains(statuses, http.StatusTooManyRequests),
		"subscribers, connections and endpoints share a bucket",
	)
	refused := a.do(http.MethodGet, "/v1/channel-endpoints", nil)
	for refused.status != http.StatusTooManyRequests {
		refused = a.do(http.MethodGet, "/v1/channel-endpoints", nil)
	}
	assert.Equal(t, "1", refused.header.Get("Retry-After"))
	assert.Equal(t, 200, a.do(http.MethodGet, "/v1/environments/me", nil).status, "another bucket")
	a.server.Advance(5 * time.Second)
	assert.Equal(t, 200, a.do(http.MethodGet, "/v1/channel-endpoints", nil).status)
	a.server.Advance(10 * time.Second)
	bulk := obj{"subscribers": []any{obj{"subscriberId": "x"}}}
	assert.Equal(t, 201, a.do(http.MethodPost, "/v1/subscribers/bulk", bulk).status)
	assert.Equal(t, "34", a.do(http.MethodPost, "/v1/subscribers/bulk", bulk).header.Get("Retry-After"))
}
