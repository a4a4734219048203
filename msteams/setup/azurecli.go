package setup

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/novu-go/novu/msteams"
)

// AzureCLI returns an identity that asks the Azure CLI for its tokens, by "az
// account get-access-token". Sign in with "az login --tenant …" first. Its tokens
// fit Identities.Directory and Identities.Azure; they hold no scope for the
// catalog.
func AzureCLI() msteams.TokenFunc { return azureCLI("az") }

func azureCLI(program string) msteams.TokenFunc {
	return func(ctx context.Context, tenantID, scope string) (msteams.Token, error) {
		const op = "get token from the Azure CLI"
		command := exec.CommandContext(ctx, program, "account", "get-access-token", "--tenant", tenantID, "--scope", scope, "--output", "json")
		var out, said bytes.Buffer
		command.Stdout, command.Stderr = &out, &said
		err := command.Run()
		switch {
		case ctx.Err() != nil:
			return msteams.Token{}, ended(ctx, op)
		case errors.Is(err, exec.ErrNotFound):
			return msteams.Token{}, &Error{Op: op, Message: "there is no program az", Remedy: "install the Azure CLI, or use another identity"}
		case err != nil:
			return msteams.Token{}, &Error{Op: op, Message: plain(strings.TrimSpace(said.String())), Remedy: "sign in with: az login --tenant " + tenantID}
		}
		return readCLIToken(out.Bytes())
	}
}

// readCLIToken reads what the Azure CLI prints. expires_on is a Unix time;
// expiresOn, of older versions, is local time without a zone.
func readCLIToken(out []byte) (msteams.Token, error) {
	var wire struct {
		AccessToken string      `json:"accessToken"`
		ExpiresOn   string      `json:"expiresOn"`
		Unix        json.Number `json:"expires_on"`
	}
	if err := json.Unmarshal(out, &wire); err != nil || wire.AccessToken == "" {
		return msteams.Token{}, (&Error{Op: "read token from the Azure CLI", Message: fmt.Sprintf("its %d bytes hold no token", len(out))}).
			is("update the Azure CLI", ErrBadAnswer)
	}
	token := msteams.Token{AccessToken: msteams.Secret(wire.AccessToken)}
	if seconds, err := wire.Unix.Int64(); err == nil {
		token.ExpiresAt = time.Unix(seconds, 0)
	} else if at, err := time.ParseInLocation("2006-01-02 15:04:05.999999", wire.ExpiresOn, time.Local); err == nil {
		token.ExpiresAt = at
	}
	return token, nil
}
