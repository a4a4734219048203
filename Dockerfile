# novu-teams as a static binary and nothing else but the certificates of the public authorities:
#
#   docker build -t novu-teams .
#   docker run --rm -p 127.0.0.1:4000:4000 novu-teams emulator -public -addr 0.0.0.0:4000
#   docker run --rm --env-file bot.env novu-teams doctor -all
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /novu-teams ./cmd/novu-teams

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /novu-teams /novu-teams
USER 65534:65534
ENTRYPOINT ["/novu-teams"]
