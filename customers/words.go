package customers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/msteams"
)

// forPeople puts errors into the words of people who have never heard of Novu. The first that fits
// is said; an empty remedy is the error's own.
var forPeople = []struct {
	is           error
	text, remedy string
}{
	{msteams.ErrConsentDeclined, "The administrator declined.", "Nothing was connected. Talk to them, then connect again."},
	{ErrWrongTenant, "That belongs to another Microsoft 365 organization.", "Use what belongs to the connected one, or disconnect and connect the other."},
	{ErrNotConnected, "Microsoft Teams is not connected.", "Have an administrator of your organization connect it."},
	{msteams.ErrNotConsented, "The consent of your organization is missing or was withdrawn.", "Disconnect, then have an administrator connect again."},
	{msteams.ErrMemberNotFound, "Nobody in your organization is known by this address.", "Check it, or have the person sign in."},
	{msteams.ErrBotNotInstalled, "The app may not write there yet.", ""},
	{msteams.ErrConversationNotFound, "This place is not there any more.", "Choose another."},
	{msteams.ErrForbidden, "The consent of your organization does not cover this.", "Have an administrator connect again."},
	{novu.ErrRouteNotFound, "People can't sign in here yet.", "Add the person by e-mail address instead."},
	{msteams.ErrThrottled, "Microsoft is being asked too often.", "Wait a moment and try again."},
	{novu.ErrRateLimited, "Too much is going on.", "Wait a moment and try again."},
	{msteams.ErrServer, "Microsoft failed to answer.", "Try again in a minute; nothing is lost."},
	{novu.ErrServer, "The notification service failed to answer.", "Try again in a minute; nothing is lost."},
	{context.DeadlineExceeded, "That took too long.", "Try again in a minute; nothing is lost."},
	{msteams.ErrNotFound, "Your organization has no such team or channel.", "Choose one from the list."},
	{novu.ErrNotFound, "There is no such thing.", "It may have been removed meanwhile."},
	{ErrUnreachable, "Nothing arrives there.", ""},
}

// fieldsForPeople are what people call the parameters.
var fieldsForPeople = map[string]string{
	"Link": "link", "Email": "address", "URL": "URL", "Name": "name", "UserID": "person", "TeamID": "team", "ChannelID": "channel", "Email, UserID": "address",
}

// ForCustomer says in a sentence or two, for people of the customer, what is wrong and what to do.
// It names no ids and no part of any API; the error's own text is for the developer. It is empty
// for nil.
func ForCustomer(err error) string {
	if err == nil {
		return ""
	}
	var e *Error
	ours := errors.As(err, &e)
	if ours && len(e.Fields) == 1 && errors.Is(err, ErrInvalidParams) {
		for field, problems := range e.Fields {
			if name := fieldsForPeople[field]; name != "" {
				return sentence("the " + name + " " + strings.Join(problems, "; "))
			}
		}
	}
	for _, known := range forPeople {
		switch {
		case !errors.Is(err, known.is):
		case known.remedy == "" && ours:
			return known.text + " " + sentence(e.Remedy)
		default:
			return strings.TrimSpace(known.text + " " + known.remedy)
		}
	}
	return "That did not work. Try again later."
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return fmt.Sprintf("%c%s.", unicode.ToUpper(first), strings.TrimSuffix(text[size:], "."))
}
