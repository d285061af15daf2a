/** A vessel as it is loaded. */
export interface ReferenceVessel {
  readonly imo: string;
  readonly name: string;
  /** SCAC of who operates it. */
  readonly operator: string;
  /** ISO 3166-1 alpha-2 of the flag; null where the registers differ. */
  readonly flag: string | null;
  /** Nominal capacity in twenty-foot equivalents; null where published figures differ. */
  readonly capacityTeu: number | null;
  /** Design service speed in knots; null where published figures differ. */
  readonly serviceSpeedKnots: number | null;
}

/** Container vessels in service; names and numbers as in the public registers. */
export const REFERENCE_VESSELS: readonly ReferenceVessel[] = [
  vessel('9321483', 'Emma Maersk', 'MAEU', 'DK', 14_770, 25.5),
  vessel('9321495', 'Estelle Maersk', 'MAEU', 'DK', 14_770, 25.5),
  vessel('9321500', 'Eleonora Maersk', 'MAEU', 'DK', 14_770, 25.5),
  vessel('9619907', 'Maersk Mc-Kinney Moller', 'MAEU', 'DK', 18_270, 22),
  vessel('9619919', 'Majestic Maersk', 'MAEU', 'DK', 18_270, 22),
  vessel('9778791', 'Madrid Maersk', 'MAEU', 'DK', 20_568, 22),
  vessel('9778806', 'Munich Maersk', 'MAEU', 'DK', 20_568, 22),
  vessel('9780471', 'Mumbai Maersk', 'MAEU', 'DK', 20_568, 22),
  vessel('9948748', 'Ane Maersk', 'MAEU', 'DK', null, null),

  vessel('9703291', 'MSC Oscar', 'MSCU', 'PA', 19_224, 22.8),
  vessel('9703306', 'MSC Oliver', 'MSCU', 'PA', 19_224, 22.8),
  vessel('9703318', 'MSC Zoe', 'MSCU', 'PA', 19_224, 22.8),
  vessel('9708679', 'MSC Maya', 'MSCU', 'PA', 19_224, 22.8),
  vessel('9839430', 'MSC Gülsün', 'MSCU', 'PA', 23_756, null),
  vessel('9839272', 'MSC Isabella', 'MSCU', 'PA', 23_656, null),
  vessel('9929429', 'MSC Irina', 'MSCU', 'LR', 24_346, null),
  vessel('9934735', 'MSC Loreto', 'MSCU', 'LR', 24_346, null),

  vessel('9839179', 'CMA CGM Jacques Saadé', 'CMDU', 'FR', 23_112, 22),
  vessel('9839131', 'CMA CGM Champs Élysées', 'CMDU', 'FR', 23_112, 22),
  vessel('9839143', 'CMA CGM Palais Royal', 'CMDU', 'FR', 23_112, 22),
  vessel('9776418', 'CMA CGM Antoine de Saint Exupéry', 'CMDU', 'FR', 20_954, 22),
  vessel('9454436', 'CMA CGM Marco Polo', 'CMDU', null, 16_020, 24),
  vessel('9454448', 'CMA CGM Alexander von Humboldt', 'CMDU', null, 16_020, 24),

  vessel('9795610', 'COSCO Shipping Universe', 'COSU', 'HK', 21_237, 22),
  vessel('9795622', 'COSCO Shipping Nebula', 'COSU', 'HK', 21_237, 22),
  vessel('9795634', 'COSCO Shipping Galaxy', 'COSU', 'HK', 21_237, 22),
  vessel('9783459', 'COSCO Shipping Taurus', 'COSU', 'HK', 20_119, 22),
  vessel('9783497', 'COSCO Shipping Aries', 'COSU', 'HK', null, 22),
  vessel('9783502', 'COSCO Shipping Leo', 'COSU', 'HK', null, 22),
  vessel('9695121', 'CSCL Globe', 'COSU', 'HK', 18_982, 22),

  vessel('9540118', 'Berlin Express', 'HLCU', 'DE', 23_664, null),
  vessel('9708851', 'Barzan', 'HLCU', 'MT', 18_800, 22),
  vessel('9708863', 'Al Muraykh', 'HLCU', 'MT', 18_800, 22),
  vessel('9708875', 'Al Zubara', 'HLCU', 'MT', 18_800, 22),
  vessel('9501332', 'New York Express', 'HLCU', 'DE', 13_167, 23.5),
  vessel('9612997', 'Antwerpen Express', 'HLCU', 'DE', 13_167, 23.5),
  vessel('9295244', 'Colombo Express', 'HLCU', 'DE', 8_749, 25),
  vessel('9320697', 'Osaka Express', 'HLCU', 'DE', 8_749, 25),
  vessel('9450399', 'Prague Express', 'HLCU', 'DE', 8_749, 25),

  vessel('9806079', 'ONE Apus', 'ONEY', 'JP', 14_052, 22.5),
  vessel('9806081', 'ONE Cygnus', 'ONEY', 'JP', 14_052, 22.5),
  vessel('9806067', 'ONE Grus', 'ONEY', 'JP', 14_052, 22.5),
  vessel('9806043', 'ONE Aquila', 'ONEY', 'PA', 14_026, 22.5),
  vessel('9806055', 'ONE Columba', 'ONEY', 'PA', 14_026, 22.5),
  vessel('9784788', 'ONE Stork', 'ONEY', 'JP', 14_026, 22.5),
  vessel('9741384', 'ONE Ibis', 'ONEY', 'PA', 14_026, 22.5),
  vessel('9706736', 'ONE Millau', 'ONEY', 'PA', 13_870, null),

  vessel('9811000', 'Ever Given', 'EGLV', 'PA', 20_124, 22.8),
  vessel('9893890', 'Ever Ace', 'EGLV', 'PA', 23_992, 22.6),

  vessel('9863297', 'HMM Algeciras', 'HDMU', 'PA', 23_964, 22.5),
  vessel('9863302', 'HMM Copenhagen', 'HDMU', 'PA', 23_964, 22.5),
  vessel('9868326', 'HMM Oslo', 'HDMU', 'PA', 23_820, 22.5),

  vessel('9776171', 'OOCL Hong Kong', 'OOLU', 'HK', 21_413, 21),
  vessel('9776183', 'OOCL Germany', 'OOLU', 'HK', 21_413, 21),
  vessel('9776195', 'OOCL Japan', 'OOLU', 'HK', 21_413, 21),
  vessel('9776200', 'OOCL United Kingdom', 'OOLU', 'HK', 21_413, 21),
];

function vessel(
  imo: string,
  name: string,
  operator: string,
  flag: string | null,
  capacityTeu: number | null,
  serviceSpeedKnots: number | null,
): ReferenceVessel {
  return { imo, name, operator, flag, capacityTeu, serviceSpeedKnots };
}
