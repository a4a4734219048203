package novu_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu"
)

func TestNotificationsWait(t *testing.T) {
	t.Parallel()
	page := func(statuses ...string) string {
		jobs := ""
		for i, status := range statuses {
			if i > 0 {
				jobs += ","
			}
			jobs += fmt.Sprintf(`{"type":"chat","status":%q}`, status)
		}
		return `{"page":0,"pageSize":50,"hasMore":false,"data":[{"_id":"n","transactionId":"t","jobs":[` + jobs + `]}]}`
	}
	t.Run("until every job is at its end", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c, asked := answers(t, httpmock.NewStringResponder(200, `{"page":0,"pageSize":50,"hasMore":false,"data":[]}`), httpmock.NewStringResponder(503, ""), httpmock.NewStringResponder(200, page()),
				httpmock.NewStringResponder(200, page("completed", "delayed")), httpmock.NewStringResponder(200, page("completed", "running")), httpmock.NewStringResponder(200, page("completed", "failed")))
			got, err := c.Notifications.Wait(t.Context(), "t")
			require.NoError(t, err)
			assert.Equal(t, novu.JobFailed, got.Jobs[1].Status)
			assert.Len(t, *asked, 6)
		})
	})
	t.Run("until the context ends", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c, _ := answers(t, httpmock.NewStringResponder(200, page("delayed")))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			last, err := c.Notifications.Wait(ctx, "t")
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorContains(t, err, "still under way")
			assert.Equal(t, novu.JobDelayed, last.Jobs[0].Status)
		})
	})
	t.Run("not through errors that stay", func(t *testing.T) {
		t.Parallel()
		c, _ := answers(t, httpmock.NewStringResponder(401, `{"message":"API Key not found"}`))
		_, err := c.Notifications.Wait(t.Context(), "t")
		require.ErrorIs(t, err, novu.ErrUnauthorized)
		_, err = c.Notifications.Wait(t.Context(), " ")
		require.ErrorIs(t, err, novu.ErrInvalidParams)
	})
}
