package novu_test

import (
	"errors"

	"github.com/novu-go/novu"
)

var sentinels = []error{
	novu.ErrInvalidParams, novu.ErrUnauthorized, novu.ErrForbidden, novu.ErrNotFound, novu.ErrConflict, novu.ErrValidation,
	novu.ErrRateLimited, novu.ErrPayloadTooLarge, novu.ErrServer, novu.ErrFeatureNotEnabled, novu.ErrRouteNotFound, novu.ErrCursorLost,
}

func isKind(err, sentinel error) bool { return errors.Is(err, sentinel) }
