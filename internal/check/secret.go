package check

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

const quotes = "\"'`“”„‘’«»"

var placeholder = regexp.MustCompile(`^(\$\{.*|\$\(.*\)|\{\{.*|<.*>|%.*%)$`)

// SecretProblem says why a text can't be a key or a secret as it was issued, in words that never
// repeat it: what people type around one, and what a header can't carry. It is "" for one that can.
func SecretProblem(secret string) string {
	trimmed := strings.TrimSpace(secret)
	lower := strings.ToLower(trimmed)
	switch {
	case trimmed == "":
		return "must not be empty"
	case trimmed != secret:
		return "has white space around it, perhaps a line break from a file: remove it"
	case strings.Trim(secret, quotes) != secret:
		return "has quotation marks around it: remove them"
	case strings.HasPrefix(lower, "apikey "):
		return `begins with "ApiKey ", which the client adds by itself: remove it`
	case strings.HasPrefix(lower, "bearer "):
		return `begins with "Bearer ", which is no part of it: remove it`
	case strings.HasPrefix(lower, "authorization:"):
		return `begins with "Authorization:", which is no part of it: remove it`
	case placeholder.MatchString(secret):
		return "is a placeholder that nothing has filled in: put the value there"
	case strings.ContainsFunc(secret, Unprintable):
		return "contains characters that a header can't carry"
	}
	return ""
}

// maxSecretFile is how much of a file is read that is said to hold a secret, in bytes.
const maxSecretFile = 64 << 10

// EnvSecret returns the secret in the environment variable of that name, or in the file that the
// variable name_FILE names. One line break at the end of the file is ignored. It is "" if neither
// is set. Its errors never repeat the secret.
func EnvSecret(name string) (string, error) {
	path := os.Getenv(name + "_FILE")
	value := os.Getenv(name)
	switch {
	case value != "" && path != "":
		return "", fmt.Errorf("and %s_FILE are both set: unset one", name)
	case path == "":
		return value, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("can't be read: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(file, maxSecretFile))
	if err != nil {
		return "", fmt.Errorf("can't be read: %w", err)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), nil
}
