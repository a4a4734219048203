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
	{
		is: msteams.ErrConsentDeclined, text: "The administrator declined.",
		remedy: "Nothing was connected. Talk to them, then connect again.",
	},
	{
		is: ErrWrongTenant, text: "That belongs to another Microsoft 365 organization.",
		remedy: "Use what belongs to the connected one, or disconnect and connect the other.",
	},
	{
		is: ErrNotConnected, text: "Microsoft Teams is not connected.",
		remedy: "Have an administrator of your organization connect it.",
	},
	{
		is: msteams.ErrNotConsented, text: "The consent of your organization is missing or was withdrawn.",
		remedy: "Disconnect, then have an administrator connect again.",
	},
	{
		is: msteams.ErrMemberNotFound, text: "Nobody in your organization is known by this address.",
		remedy: "Check it, or have the person sign in.",
	},
	{is: msteams.ErrBotNotInstalled, text: "The app may not write there yet.", remedy: ""},
	{is: msteams.ErrConversationNotFound, text: "This place is not there any more.", remedy: "Choose another."},
	{
		is: msteams.ErrForbidden, text: "The consent of your organization does not cover this.",
		remedy: "Have an administrator connect again.",
	},
	{is: novu.ErrRouteNotFound, text: "People can't sign in here yet.", remedy: "Add the person by e-mail address instead."},
	{is: msteams.ErrThrottled, text: "Microsoft is being asked too often.", remedy: "Wait a moment and try again."},
	{is: novu.ErrRateLimited, text: "Too much is going on.", remedy: "Wait a moment and try again."},
	{is: msteams.ErrServer, text: "Microsoft failed to answer.", remedy: "Try again in a minute; nothing is lost."},
	{is: novu.ErrServer, text: "The notification service failed to answer.", remedy: "Try again in a minute; nothing is lost."},
	{is: context.DeadlineExceeded, text: "That took too long.", remedy: "Try again in a minute; nothing is lost."},
	{is: msteams.ErrNotFound, text: "Your organization has no such team or channel.", remedy: "Choose one from the list."},
	{is: novu.ErrNotFound, text: "There is no such thing.", remedy: "It may have been removed meanwhile."},
	{is: ErrUnreachable, text: "Nothing arrives there.", remedy: ""},
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
