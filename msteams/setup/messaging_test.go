package setup_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams/setup"
)

func TestTheMessagingEndpointIsRead(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, b *bench) {
		s := b.setup(config(), b.everybody())
		_, err := s.MessagingEndpoint(t.Context())
		require.ErrorContains(t, err, "plan and apply first")

		b.apply(s)
		endpoint, err := s.MessagingEndpoint(t.Context())
		require.NoError(t, err)
		assert.Empty(t, endpoint)

		with := config()
		with.MessagingEndpoint = "https://bot.acme.example/api/messages?code=s3cr3t"
		s = b.setup(with, b.everybody())
		b.apply(s)
		endpoint, err = s.MessagingEndpoint(t.Context())
		require.NoError(t, err)
		assert.Equal(t, with.MessagingEndpoint, endpoint)

		for name, blind := range map[string]func(*setup.Config, *setup.Identities){
			"no Azure":    func(c *setup.Config, _ *setup.Identities) { c.Azure = nil },
			"no identity": func(_ *setup.Config, who *setup.Identities) { who.Azure = nil },
		} {
			c, who := config(), b.everybody()
			blind(&c, &who)
			_, err := b.setup(c, who).MessagingEndpoint(t.Context())
			require.ErrorIs(t, err, setup.ErrInvalidParams, name)
		}
		who := b.everybody()
		who.Directory = nil
		_, err = b.setup(config(), who).MessagingEndpoint(t.Context())
		require.ErrorContains(t, err, "directory", "nothing says which bot it is")
		byID := config()
		byID.ClientID = b.application()["appId"].(string)
		endpoint, err = b.setup(byID, who).MessagingEndpoint(t.Context())
		require.NoError(t, err)
		assert.Equal(t, with.MessagingEndpoint, endpoint)
	})
}
