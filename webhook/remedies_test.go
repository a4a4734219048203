package webhook_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/webhook"
)

// Every remedy stands here once, with the answer that leads to it.
func TestRemedies(t *testing.T) {
	t.Parallel()
	const (
		again    = "copy the whole URL from the workflow's trigger again"
		anyone   = again + "; if that yields the same URL, the trigger lets only users of the tenant run the flow: let Anyone trigger it"
		gone     = "the workflow may have been deleted: create one and use its URL"
		mayBe    = "it may have been posted: look into the channel before you send it again"
		shorten  = "shorten the message, or link to the rest"
		trouble  = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error %d with ContextId MS-CV=x"
		flowSays = `{"error":{"code":"%s","message":"m"}}`
	)
	for _, tt := range []struct {
		status int
		body   string
		retry  string // Retry-After
		says   int    // StatusCode of the error; 0: status
		kind   error
		remedy string
	}{
		{status: 307, remedy: "a Workflow does not redirect: " + again},
		{status: 400, body: fmt.Sprintf(flowSays, "MissingApiVersionParameter"), kind: webhook.ErrValidation, remedy: again},
		{status: 400, body: fmt.Sprintf(flowSays, "WorkflowTriggerIsNotEnabled"), kind: webhook.ErrValidation,
			remedy: "the flow is turned off or deleted: turn it on in Power Automate, or create one and use its URL"},
		{status: 400, body: fmt.Sprintf(flowSays, "SomethingElse"), kind: webhook.ErrValidation},
		{status: 401, body: fmt.Sprintf(flowSays, "DirectApiAuthorizationRequired"), kind: webhook.ErrUnauthorized, remedy: anyone},
		{status: 401, kind: webhook.ErrUnauthorized, remedy: again},
		{status: 403, kind: webhook.ErrForbidden},
		{status: 404, body: fmt.Sprintf(flowSays, "WorkflowNotFound"), kind: webhook.ErrNotFound, remedy: gone},
		{status: 404, kind: webhook.ErrNotFound, remedy: gone},
		{status: 408, kind: webhook.ErrServer, remedy: mayBe},
		{status: 410, kind: webhook.ErrNotFound},
		{status: 413, kind: webhook.ErrPayloadTooLarge, remedy: shorten},
		{status: 429, retry: "120", kind: webhook.ErrRateLimited, remedy: "the server asks to retry after 2m0s"},
		{status: 500, kind: webhook.ErrServer, remedy: mayBe},
		{status: 502, kind: webhook.ErrOutcomeUnknown, remedy: mayBe},
		{status: 200, body: fmt.Sprintf(trouble, 413), says: 413, kind: webhook.ErrPayloadTooLarge, remedy: shorten},
		{status: 200, body: fmt.Sprintf(trouble, 429), says: 429, kind: webhook.ErrRateLimited},
		{status: 200, body: fmt.Sprintf(trouble, 400), says: 400, kind: webhook.ErrValidation},
		{status: 202, body: fmt.Sprintf(trouble, 503), says: 503, kind: webhook.ErrServer, remedy: mayBe},
	} {
		t.Run(fmt.Sprint(tt.status, tt.body), func(t *testing.T) {
			t.Parallel()
			c := newClient(t, webhook.WithRetryPolicy(webhook.RetryPolicy{MaxAttempts: 1}), throughMemory(func(*http.Request) (*http.Response, error) {
				header := http.Header{}
				if tt.retry != "" {
					header.Set("Retry-After", tt.retry)
				}
				return &http.Response{StatusCode: tt.status, Header: header, Body: io.NopCloser(strings.NewReader(tt.body))}, nil
			}))
			_, err := c.Send(t.Context(), at(t, "a"), webhook.Text("hi"))
			var e *webhook.Error
			require.ErrorAs(t, err, &e)
			if tt.kind != nil {
				require.ErrorIs(t, err, tt.kind)
			}
			if tt.says == 0 {
				tt.says = tt.status
			}
			assert.Equal(t, tt.says, e.StatusCode)
			assert.Equal(t, tt.remedy, e.Remedy)
			assert.ErrorContains(t, err, tt.remedy)
		})
	}
}

// What a server writes stands on one line, without control characters, and cut.
func TestServerTextsInErrors(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"error":{"code":"a\nb","message":"one\r\ntwo\u001b[31m three` + strings.Repeat("x", 10_000) + `"}}`, "plain\ntext\x1b[2J" + strings.Repeat("y", 10_000),
	} {
		c := newClient(t, throughMemory(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 400, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
		}))
		_, err := c.Send(t.Context(), at(t, "a"), webhook.Text("hi"))
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "\n")
		assert.NotContains(t, err.Error(), "\x1b")
		assert.Less(t, len(err.Error()), 3_000)
		var e *webhook.Error
		require.ErrorAs(t, err, &e)
		assert.NotContains(t, e.Message+e.Code, "\n")
		assert.LessOrEqual(t, len(e.Body), 4<<10)
	}
}
