/** A page of a dashboard: shipments with what every subgraph knows of them. */
export const SHIPMENT_PAGE = /* GraphQL */ `
  query Page($first: Int!) {
    shipments(first: $first) {
      edges {
        node {
          reference
          status
          carrier {
            name
            smdgCode
          }
          origin {
            name
            coordinates {
              latitude
              longitude
            }
          }
          destination {
            name
            timeZone
          }
          containers {
            equipmentReference
            isoEquipmentCode
          }
          milestones {
            code
            planned
          }
          transportCalls {
            sequence
            port {
              name
            }
          }
          events(first: 5) {
            edges {
              node {
                eventTypeCode
              }
            }
          }
          eta {
            predictedAt
            basis
          }
          emissions {
            kgCo2e
          }
          booking {
            containerCount
            total {
              amount
              currency
            }
            award {
              bid {
                transitDays
              }
              lane {
                rfq {
                  reference
                }
              }
            }
          }
        }
      }
    }
  }
`;
