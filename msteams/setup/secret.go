package setup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/novu-go/novu/internal/rest"
	"github.com/novu-go/novu/msteams"
)

// Key is a secret of the application, without its value.
type Key struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	ExpiresAt time.Time `json:"expiresAt"`
	InUse     bool      `json:"inUse"` // Novu holds it, as far as can be known
	Ours      bool      `json:"ours"`  // Setup made it, by its name; only such a key is ever removed
}

// evidence is which key Novu holds, and how that is known.
type evidence struct {
	key  *passwordCredential // nil where that is not known
	seen bool                // Novu shows the secret, so that its hint tells the key for certain
	none bool                // Novu holds no key of the application, for certain
}

// inUse finds the key that Novu holds: by the secret's hint where Novu shows the
// secret, else by the application's tag, which is written after a key was handed
// over.
func (r *run) inUse() evidence {
	app := r.app.value
	if app == nil {
		return evidence{}
	}
	if r.integration.missing() {
		return evidence{none: true}
	}
	tagged := app.key(app.tag(tagKey))
	if r.integration.value == nil {
		return evidence{key: tagged}
	}
	shown := r.integration.value.Credentials
	if shown.ClientID != "" && !strings.EqualFold(shown.ClientID, app.AppID) {
		return evidence{none: true}
	}
	secret := shown.ClientSecret.Reveal()
	if secret == "" {
		return evidence{key: tagged}
	}
	var fits []*passwordCredential
	for i := range app.PasswordCredentials {
		if k := &app.PasswordCredentials[i]; k.Hint != "" && strings.HasPrefix(secret, k.Hint) {
			fits = append(fits, k)
		}
	}
	switch {
	case len(fits) == 1:
		return evidence{key: fits[0], seen: true}
	case tagged != nil && slices.Contains(fits, tagged):
		return evidence{key: tagged}
	}
	return evidence{} // none fits, or several do
}

// newestOurs is the key of ours that was made last.
func (a *application) newestOurs() *passwordCredential {
	var newest *passwordCredential
	for i := range a.PasswordCredentials {
		if k := &a.PasswordCredentials[i]; k.ours() && (newest == nil || k.StartAt.After(newest.StartAt)) {
			newest = k
		}
	}
	return newest
}

// removable are the keys of ours that nothing uses any more. The newest is never
// among them unless Novu certainly holds another: a run that died may have
// handed it over and not have written the tag.
func (r *run) removable(overlap time.Duration) []passwordCredential {
	app, current := r.app.value, r.inUse()
	if app == nil || current.key == nil {
		return nil
	}
	newest := app.newestOurs()
	var old []passwordCredential
	for _, k := range app.PasswordCredentials {
		switch {
		case !k.ours() || k.KeyID == current.key.KeyID:
		case current.seen && k.StartAt.After(current.key.StartAt):
			old = append(old, k) // made by a run that died before it was handed over
		case k.KeyID == newest.KeyID && k.StartAt.After(current.key.StartAt):
		case !app.readAt.Before(r.retireAt(k, current.key, overlap)):
			old = append(old, k)
		}
	}
	return old
}

// retireAt is when an old key may go: what the rotation noted, else the overlap
// after the key in use was made.
func (r *run) retireAt(old passwordCredential, current *passwordCredential, overlap time.Duration) time.Time {
	for _, tag := range r.app.value.Tags {
		if rest, ok := strings.CutPrefix(tag, tagRetire+old.KeyID+"@"); ok {
			if at, err := time.Parse(time.RFC3339, rest); err == nil {
				return at
			}
		}
	}
	return current.StartAt.Add(overlap)
}

// addSecret makes a secret. The request can't be repeated, since what a lost
// answer told is lost: the key that it may have left is removed, by its name,
// which is this attempt's own.
func (r *run) addSecret(ctx context.Context) (*passwordCredential, error) {
	const op, attempts = "create secret", 3
	for attempt := 1; ; attempt++ {
		name := keyName + r.app.value.readAt.UTC().Format(time.DateOnly) + " " + strings.ToLower(rand.Text()[:8])
		var made passwordCredential
		err := r.replicated(ctx, op, func(ctx context.Context) error {
			_, err := r.directory().send(ctx, request{
				op: op, kind: rest.Post, method: http.MethodPost, route: "/v1.0/applications/{id}/addPassword", args: []string{r.app.value.ID},
				body: map[string]any{"passwordCredential": map[string]any{
					"displayName": name,
					"endDateTime": r.app.value.readAt.Add(r.config.SecretLifetime).UTC().Format(time.RFC3339),
				}},
				into: &made,
			})
			return err
		})
		switch {
		case err == nil && made.KeyID != "" && made.SecretText != "":
			if made.DisplayName == "" {
				made.DisplayName = name
			}
			return &made, nil
		case err == nil:
			err = (&Error{Op: op, Message: "the answer holds no secret"}).is("", ErrBadAnswer)
		case !mayHaveHappened(err):
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, err
		}
		if lost := r.findKey(ctx, func(k passwordCredential) bool { return k.DisplayName == name }); lost != nil {
			if removeErr := r.removeKey(ctx, lost.KeyID); removeErr != nil {
				return nil, errors.Join(err, removeErr)
			}
		}
		if attempt == attempts {
			return nil, err
		}
	}
}

// findKey looks for a key in a few reads, since a lagging replica would hide it.
func (r *run) findKey(ctx context.Context, is func(passwordCredential) bool) *passwordCredential {
	for range agreeing {
		if app, err := r.fetchApp(ctx); err == nil {
			if at := slices.IndexFunc(app.PasswordCredentials, is); at >= 0 {
				return &app.PasswordCredentials[at]
			}
		}
		if sleep(ctx, firstPause) != nil {
			return nil
		}
	}
	return nil
}

// removeKey removes a secret, and waits until it is gone everywhere. One that
// is gone already is a success.
func (r *run) removeKey(ctx context.Context, id string) error {
	const op = "remove secret"
	_, err := r.directory().send(ctx, request{
		op: op, kind: rest.IdempotentWrite, method: http.MethodPost,
		route: "/v1.0/applications/{id}/removePassword", args: []string{r.app.value.ID}, body: map[string]string{"keyId": id},
	})
	waitErr := waitUntil(ctx, "wait until the secret is gone", 5*time.Minute, agreeing, func(ctx context.Context) error {
		app, readErr := r.fetchApp(ctx)
		if readErr != nil {
			return cmpErr(passingIfMissing(readErr), err)
		}
		if app.key(id) != nil {
			if err != nil {
				return err // it was not removed
			}
			return again(nil)
		}
		r.app.value = app
		return nil
	})
	return waitErr
}

func passingIfMissing(err error) error {
	if isMissing(err) {
		return again(err)
	}
	return err
}

// tryKey waits until both services that Novu uses accept the secret.
func (r *run) tryKey(ctx context.Context, secret msteams.Secret) error {
	const op = "try the new secret"
	client, err := r.signedIn(secret)
	if err != nil {
		return err
	}
	return waitUntil(ctx, op, 2*time.Minute, 1, func(ctx context.Context) error {
		_, graphErr := client.Tenant(r.config.TenantID).GraphToken(ctx)
		if graphErr == nil {
			_, graphErr = client.BotToken(ctx)
		}
		var e *msteams.Error
		switch {
		case graphErr == nil:
			return nil
		case errors.Is(graphErr, msteams.ErrInvalidSecret), errors.Is(graphErr, msteams.ErrNotConsented), errors.Is(graphErr, msteams.ErrMisconfigured):
			return again(graphErr) // neither the secret nor the service principal is everywhere yet
		case errors.As(graphErr, &e):
			return &Error{Op: op, Code: e.Code, Message: e.Message, Remedy: e.Remedy, StatusCode: e.StatusCode, cause: graphErr}
		}
		return graphErr
	})
}

// public is a key as it is shown.
func (r *run) public(k passwordCredential, current evidence) Key {
	return Key{
		ID: k.KeyID, Name: plain(k.DisplayName), ExpiresAt: k.EndAt, Ours: k.ours(),
		InUse: current.key != nil && current.key.KeyID == k.KeyID,
	}
}

// Format prints a key without its value, whatever the verb.
func (p passwordCredential) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "secret "+p.KeyID+" "+plain(p.DisplayName))
}
