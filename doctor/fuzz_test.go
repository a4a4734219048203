package doctor_test

import (
	"strings"
	"testing"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/doctor"
)

// A cursor is what a sweep wrote, or it is refused.
func FuzzCursor(f *testing.F) {
	for _, cursor := range []string{"", "x", "dGVuYW50OmEKYg", "dGVuYW50OmE", "\xff", "c3Vic2NyaWJlcjoKCgo"} {
		f.Add(cursor)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		again, err := doctor.RoundTrip(cursor)
		if err != nil || cursor == "" {
			return
		}
		third, err := doctor.RoundTrip(again)
		if err != nil || third != again {
			t.Errorf("%q became %q, and then %q: %v", cursor, again, third, err)
		}
	})
}

// Whatever Novu writes about a delivery, the doctor has a verdict in words, on lines of its own, and
// without the path of a webhook.
func FuzzDelivery(f *testing.F) {
	f.Add("Message sent", "", "Success", "completed", "")
	f.Add("Unexpected provider error", `{"channelData":{"identifier":"x"},"message":"MSTEAMS_BOT_NOT_INSTALLED"}`, "Failed", "failed", "x")
	f.Add("a", "{", "Warning", "canceled", "https://u@h.example/canary-path?sig=1")
	f.Fuzz(func(t *testing.T, detail, raw, status, job, errorText string) {
		found := doctor.JudgeDelivery(
			novu.Notification{ID: "n", Jobs: []novu.NotificationJob{{Type: novu.StepChat, Status: novu.JobStatus(job), ExecutionDetails: []novu.ExecutionDetail{
				{Status: novu.ExecutionStatus(status), Detail: detail, Raw: raw},
			}}}},
			[]novu.Message{{NotificationID: "n", Status: novu.MessageError, ErrorText: errorText}},
		)
		if found.Verdict == "" || found.Message == "" || found.Verdict == doctor.Broken && found.Remedy == "" {
			t.Errorf("no words: %+v", found)
		}
		if strings.ContainsAny(found.Message, "\n\r") || strings.Contains(found.Message, "canary-path") {
			t.Errorf("%q", found.Message)
		}
	})
}
