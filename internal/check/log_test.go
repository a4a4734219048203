package check_test

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu/internal/check"
)

func TestLogErrorLeavesOutWhatSaysNothing(t *testing.T) {
	t.Parallel()
	got := check.LogError(errors.New("no"), slog.String("code", ""), slog.Int("status", 0), slog.Int("attempts", 2))
	assert.True(t, got.Equal(slog.GroupValue(slog.String("message", "no"), slog.Int("attempts", 2))), "%v", got)
}
