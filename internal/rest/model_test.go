package rest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu/internal/rest"
)

// model is a server that a create or a post goes to, and the misfortunes on the way.
type model struct {
	random  *rand.Rand
	created int  // how often the request was carried out
	guarded bool // a second one is answered 409
}

// carryOut does what the request asks for, and reports what the server says.
func (m *model) carryOut() int {
	if m.guarded && m.created > 0 {
		return http.StatusConflict
	}
	m.created++
	return http.StatusCreated
}

// ServeHTTP carries the request out, or does not, and answers, or does not.
func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch m.random.IntN(9) {
	case 0:
		status(http.StatusTooManyRequests, "", "Retry-After", "1")(w, r)
	case 1:
		cut(w, r)
	case 2:
		m.carryOut()
		cut(w, r)
	case 3:
		status(http.StatusInternalServerError, "")(w, r)
	case 4:
		m.carryOut()
		status(http.StatusBadGateway, "")(w, r)
	case 5:
		status(http.StatusServiceUnavailable, "", "Retry-After", "2")(w, r)
	case 6:
		status(m.carryOut(), "{}", "Content-Length", "50")(w, r)
	default:
		status(m.carryOut(), "{}")(w, r)
	}
}

// Whatever happens on the way: never two, never a success without one, and never a failure that
// claims to be certain although something was done.
func TestRandomSequencesAgainstAModel(t *testing.T) {
	t.Parallel()
	for _, kind := range []rest.Kind{guardedCreate, rest.Post} {
		for seed := range uint64(300) {
			t.Run(fmt.Sprintf("kind %d/seed %d", kind, seed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					m := &model{random: rand.New(rand.NewPCG(seed, 1)), guarded: kind == guardedCreate} //nolint:gosec // repeatable
					script := make([]answer, 8)
					for i := range script {
						script[i] = m.ServeHTTP
					}
					s := newServer(t, script...)
					r := request(kind, http.MethodPost)
					r.readBack = func(context.Context) (bool, error) { return m.created > 0, nil }
					_, err := newClient(t, s.transport(t), rest.RetryPolicy{}).do(t.Context(), r)
					assert.LessOrEqual(t, m.created, 1)
					if err == nil {
						assert.Equal(t, 1, m.created)
						return
					}
					var f *failure
					if assert.ErrorAs(t, err, &f) && m.created > 0 {
						assert.True(t, f.Unknown, "%v", err)
					}
				})
			})
		}
	}
}
