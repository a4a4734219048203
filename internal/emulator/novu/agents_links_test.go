package novu

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A link may be changed to the integration that it has, to a free one, and to no other.
func TestALinkIsChanged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.integrate("teams-second", testBot)
	b.integrate("teams-third", testBot)
	status, answer := b.api("POST", "/v1/agents/support/integrations", map[string]any{"integrationIdentifier": "teams-second"})
	require.Equal(t, http.StatusCreated, status, answer)
	link := "/v1/agents/support/integrations/" + answer["data"].(map[string]any)["_id"].(string)
	for identifier, want := range map[string]int{"teams-second": http.StatusOK, "teams-main": http.StatusConflict, "nope": http.StatusNotFound} {
		status, answer := b.api("PATCH", link, map[string]any{"integrationIdentifier": identifier})
		assert.Equal(t, want, status, "%s: %v", identifier, answer)
	}
	status, answer = b.api("PATCH", link, map[string]any{"integrationIdentifier": "teams-third"})
	assert.Equal(t, http.StatusOK, status, answer)
}

func TestAChangeOfAnAgentNamesAField(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, body := range []map[string]any{{}, {"behavior": map[string]any{}}, {"behavior": map[string]any{"other": 1}}, {"identifier": "new"}} {
		status, answer := b.api("PATCH", "/v1/agents/support", body)
		assert.Equal(t, http.StatusBadRequest, status, body)
		assert.Equal(t, "At least one field must be provided.", answer["message"], body)
	}
}
