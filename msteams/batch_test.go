package msteams_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Answers to a batch that can't be right.
func TestBatchAnswersThatAreWrong(t *testing.T) {
	t.Parallel()
	good := channelList(1)
	other := channelList(2)
	for name, tt := range map[string]struct {
		responses any
		channels  int // of the first of two teams; -1: its Err is set
		err       bool
	}{
		"missing":      {responses: []object{{"id": "2", "status": 200, "body": good}}, channels: -1},
		"duplicate":    {responses: []object{{"id": "1", "status": 200, "body": good}, {"id": "1", "status": 200, "body": other}, {"id": "2", "status": 200, "body": good}}, channels: 1},
		"unknown":      {responses: []object{{"id": "9", "status": 200, "body": other}, {"id": "-1", "status": 200}, {"id": "x", "status": 200}, {"id": "1", "status": 200, "body": good}, {"id": "2", "status": 200, "body": good}}, channels: 1},
		"number":       {responses: []object{{"id": 1, "status": 200, "body": good}, {"id": 2, "status": 200, "body": good}}, channels: 1},
		"no status":    {responses: []object{{"id": "1", "body": good}, {"id": "2", "status": 200, "body": good}}, channels: -1},
		"dependency":   {responses: []object{{"id": "1", "status": 424, "body": nil}, {"id": "2", "status": 200, "body": good}}, channels: -1},
		"no body":      {responses: []object{{"id": "1", "status": 200}, {"id": "2", "status": 200, "body": good}}, channels: -1},
		"not a list":   {responses: "what", err: true},
		"a null":       {responses: []any{nil, object{"id": "1", "status": 200, "body": good}, object{"id": "2", "status": 200, "body": good}}, channels: 1},
		"odd headers":  {responses: []object{{"id": "1", "status": 200, "body": good, "headers": object{"a": 1, "b": nil}}, {"id": "2", "status": 200, "body": good}}, channels: 1},
		"nothing":      {channels: -1},
		"empty object": {responses: []object{{}}, channels: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.on("GET /graph/v1.0/teams", ok(page("", team(0), team(1))))
			f.on("POST /graph/v1.0/$batch", ok(object{"responses": tt.responses}))
			directory, err := collect(f.tenant(t).Directory(t.Context()))
			if tt.err {
				require.Error(t, err)
				return
			}
			require.NoError(t, err)
			require.Len(t, directory, 2)
			if tt.channels < 0 {
				require.Error(t, directory[0].Err)
				return
			}
			require.NoError(t, directory[0].Err)
			assert.Len(t, directory[0].Channels, tt.channels)
		})
	}
}
