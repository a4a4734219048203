package customers_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/customers"
	"github.com/novu-go/novu/novutest"
)

func TestForCustomer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	acme := s.teams.Customer("acme")
	hook := func(u novu.Secret) error {
		return second(acme.AddWebhook(t.Context(), customers.AddWebhookParams{URL: u}))
	}
	notConnected := second(acme.AddPerson(t.Context(), customers.AddPersonParams{Email: "ada@contoso.example"}))
	s.connected("acme")
	private := second(acme.AddChannel(t.Context(), s.channel(acme, "Eng", "Secret")))
	nobody := second(acme.AddPerson(t.Context(), customers.AddPersonParams{Email: "nobody@contoso.example"}))
	foreign := second(acme.AddChannel(t.Context(), customers.AddChannelParams{TeamID: otherTenant, ChannelID: "19:a@thread.tacv2"}))
	s.Inject(novutest.GraphFault(503, "ServiceUnavailable", "later"))
	outage := second(acme.FindPerson(t.Context(), "ada@contoso.example"))
	for says, err := range map[string]error{
		"": nil, "The URL must start with https://.": hook("http://x"),
		"Microsoft Teams is not connected. Have an administrator of your organization connect it.":                                                                            notConnected,
		"The app may not write there yet. Have an owner of the channel add the app to it (channel > Manage channel > Apps), then add it again, or choose a standard channel.": private,
		"Nobody in your organization is known by this address. Check it, or have the person sign in.":                                                                         nobody,
		"Your organization has no such team or channel. Choose one from the list.":                                                                                            foreign,
		"Microsoft failed to answer. Try again in a minute; nothing is lost.":                                                                                                 outage,
		"That did not work. Try again later.": errors.New("novu: 404 on 19:x"),
	} {
		assert.Equal(t, says, customers.ForCustomer(err))
	}
}
