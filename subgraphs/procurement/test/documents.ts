const RFQ = `id reference title state incoterm currency bidsCloseAt createdAt publishedAt
  lanes { id rfq { id } origin { unlocode } destination { unlocode } isoEquipmentCode containerCount loadFrom loadUntil }
  invitations { id carrier { scac } sentAt }`;
const MONEY = '{ amount currency }';
const BID = `id lane { id } carrier { scac } ratePerContainer ${MONEY} transitDays state submittedAt`;
const AWARD = `id lane { id } bid { id state } carrier { scac } ratePerContainer ${MONEY} containerCount
  bookedContainerCount state awardedAt approvedAt rejectedAt rejectionReason`;
const BOOKING = `id award { id } carrier { scac } containerCount ratePerContainer ${MONEY} total ${MONEY} cargoReadyOn
  state carrierBookingReference shipment { id } requestedAt confirmedAt`;
const INVOICE = `id booking { id } carrier { scac } number dueOn submittedAt`;
const RFQ_NOT_IN_STATE = '... on RfqNotInState { state expected }';

/** Each mutation with everything that its result tells, under the name `result`. */
export const mutations = {
  createRfq: `mutation ($input: CreateRfqInput!, $key: String!) {
    result: createRfq(input: $input, idempotencyKey: $key) { __typename
      ... on RfqCreated { rfq { ${RFQ} } }
      ... on RfqReferenceTaken { reference rfq { id } }
    }
  }`,
  publishRfq: `mutation ($id: ID!, $key: String!) {
    result: publishRfq(id: $id, idempotencyKey: $key) { __typename
      ... on RfqPublished { rfq { ${RFQ} } } ... on BiddingClosed { bidsCloseAt } ${RFQ_NOT_IN_STATE}
    }
  }`,
  submitBid: `mutation ($input: SubmitBidInput!, $key: String!) {
    result: submitBid(input: $input, idempotencyKey: $key) { __typename
      ... on BidSubmitted { bid { ${BID} } } ... on BiddingClosed { bidsCloseAt } ${RFQ_NOT_IN_STATE}
    }
  }`,
  awardBid: `mutation ($bidId: ID!, $key: String!) {
    result: awardBid(bidId: $bidId, idempotencyKey: $key) { __typename
      ... on BidAwarded { award { ${AWARD} } } ... on LaneAlreadyAwarded { award { id } }
      ... on BidReplaced { bid { id state } } ... on BiddingStillOpen { bidsCloseAt } ${RFQ_NOT_IN_STATE}
    }
  }`,
  approveAward: `mutation ($id: ID!, $key: String!) {
    result: approveAward(id: $id, idempotencyKey: $key) { __typename
      ... on AwardApproved { award { ${AWARD} } } ... on AwardNotProposed { state }
    }
  }`,
  rejectAward: `mutation ($id: ID!, $reason: String!, $key: String!) {
    result: rejectAward(id: $id, reason: $reason, idempotencyKey: $key) { __typename
      ... on AwardRejected { award { ${AWARD} } } ... on AwardNotProposed { state }
    }
  }`,
  createBooking: `mutation ($input: CreateBookingInput!, $key: String!) {
    result: createBooking(input: $input, idempotencyKey: $key) { __typename
      ... on BookingRequested { booking { ${BOOKING} } }
      ... on ShipmentAlreadyBooked { booking { id } }
      ... on AwardExhausted { remainingContainerCount } ... on AwardNotApproved { state }
    }
  }`,
  confirmBooking: `mutation ($id: ID!, $reference: String!, $key: String!) {
    result: confirmBooking(id: $id, carrierBookingReference: $reference, idempotencyKey: $key) { __typename
      ... on BookingConfirmed { booking { ${BOOKING} } } ... on BookingNotRequested { state }
    }
  }`,
  submitInvoice: `mutation ($input: SubmitInvoiceInput!, $key: String!) {
    result: submitInvoice(input: $input, idempotencyKey: $key) { __typename
      ... on InvoiceSubmitted { invoice { ${INVOICE} } } ... on InvoiceNumberTaken { invoice { id } }
      ... on InvoicesExhausted { most } ... on BookingNotConfirmed { state }
    }
  }`,
};

/** One request with all that hangs on it. */
export const rfq = `query ($id: ID!, $first: Int! = 20, $after: String) {
  rfq(id: $id) { ${RFQ} awards { ${AWARD} } rejectedAwards { ${AWARD} }
    bids(first: $first, after: $after) {
      edges { cursor node { ${BID} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}`;

/** A page of requests with all that hangs on them. */
export const rfqs = `query ($first: Int! = 20, $after: String, $state: [RfqState!]) {
  rfqs(first: $first, after: $after, state: $state) {
    edges { cursor node { ${RFQ} awards { ${AWARD} }
      bids(first: 3) { edges { cursor node { ${BID} } } pageInfo { hasNextPage } }
    } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

export const booking = `query ($id: ID!) { booking(id: $id) { ${BOOKING} } }`;

export const bookings = `query ($first: Int! = 20, $after: String) {
  bookings(first: $first, after: $after) {
    edges { cursor node { ${BOOKING} award { ${AWARD} lane { rfq { id } } } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

/** What a gateway asks for. */
export const entities = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) { __typename
    ... on Rfq { reference } ... on Lane { containerCount } ... on Invitation { carrier { scac } }
    ... on Bid { transitDays } ... on Award { containerCount } ... on Booking { state }
    ... on Invoice { number } ... on Shipment { booking { id containerCount total ${MONEY} } }
  }
}`;
