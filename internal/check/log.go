package check

import "log/slog"

// LogError returns what a log shows of an error: its text, and those of its attributes that say
// something.
func LogError(err error, attrs ...slog.Attr) slog.Value {
	shown := []slog.Attr{slog.String("message", err.Error())}
	for _, a := range attrs {
		if !a.Value.Equal(slog.StringValue("")) && !a.Value.Equal(slog.IntValue(0)) {
			shown = append(shown, a)
		}
	}
	return slog.GroupValue(shown...)
}
