package setup

import "context"

// MessagingEndpoint returns the address that Azure hands the bot's messages to, as Azure has it: for
// [github.com/novu-go/novu/doctor.WithMessagingEndpoint]. It is empty if the bot has none. It needs
// Config.Azure, an identity for Azure, and one for the directory unless Config.ClientID is set.
//
// API: GET /subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.BotService/botServices/{bot}
func (s *Setup) MessagingEndpoint(ctx context.Context) (string, error) {
	const op = "read messaging endpoint"
	checks := newChecks(op)
	if ctx == nil {
		checks.add("ctx", "must not be nil")
	}
	if s.config.Azure == nil || !s.doors[azureDoor].open() {
		checks.add("Azure", "must be set, in the Config and in the Identities")
	}
	if err := checks.err(); err != nil {
		return "", err
	}
	r, err := s.begin(ctx)
	if err != nil {
		return "", err
	}
	atOnce(func() { r.readApp(ctx) }, func() { r.readSubscription(ctx) })
	r.readBot(ctx)
	if err := ended(ctx, op); err != nil {
		return "", err
	}
	step := Step{Kind: KindBot, Key: s.config.UniqueName, Role: roleContributor}
	switch err := cmpErr(r.app.err, r.subscription.err, r.bot.err); {
	case r.bot.value != nil:
		return r.bot.value.text("endpoint"), nil
	case err != nil:
		return "", atStep(step, err)
	case !r.bot.known:
		return "", atStep(step, (&Error{Op: op, Message: "no identity for the directory says which application's bot it is"}).
			is("set Identities.Directory or Config.ClientID"))
	}
	return "", atStep(step, (&Error{Op: op, Message: "Azure has no such bot"}).is("plan and apply first"))
}
